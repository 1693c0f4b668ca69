import type { CozyError } from '../../../core/errors/cozy.error.js';
import { errorOfBody, ProtocolError } from '../../openai/provider-failure.js';
import { isRecord } from '../../json-record.js';

/** A JSON object, or the failure that it stands for; throws a CozyError or a ProtocolError. */
export function jsonAnswer(text: string): Record<string, unknown> {
  const body: unknown = JSON.parse(text);
  if (!isRecord(body)) throw new ProtocolError('The answer is no JSON object.');
  if (body['error'] !== undefined && body['error'] !== null) throw errorOfBody(body['error']);
  return body;
}

/** Sound was asked for, and JSON or a page came. */
export function errorOfNoSound(text: string): CozyError | ProtocolError {
  try {
    jsonAnswer(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) return error as CozyError;
  }
  return new ProtocolError('The answer is no sound.');
}
