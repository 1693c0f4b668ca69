import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';

/** What is said of the service to callers; its own words stay out, as they may hold anything. */
const WORDS: Partial<Record<ErrorCode, string>> = {
  ENGINE_AUTH_FAILED: 'refused the credentials of this server.',
  ENGINE_FAILED: 'failed. Please try again.',
  ENGINE_BAD_RESPONSE: 'gave an answer that could not be understood.',
  ENGINE_STREAM_CUT: 'broke off in the middle of its answer.',
  ENGINE_RATE_LIMITED: 'is busy. Please try again in a moment.',
  ENGINE_UNAVAILABLE: 'cannot be reached. Please try again in a moment.',
  ENGINE_TIMEOUT: 'took too long to answer. Please try again.',
  ENGINE_REQUEST_REJECTED: 'rejected the request.',
  RESOURCE_MODEL_NOT_FOUND: 'does not know that model.',
};

const SERVICES = { stt: 'speech-to-text service', tts: 'text-to-speech service' } as const;

export type SpeechKind = keyof typeof SERVICES;

/** An error of a service that transcribes or speaks. */
export function speechError(kind: SpeechKind, code: ErrorCode, cause?: unknown): CozyError {
  const words = WORDS[code];
  const retryAfterSeconds = cause instanceof CozyError ? cause.retryAfterSeconds : undefined;
  return new CozyError(code, {
    cause,
    ...(words !== undefined && { message: `The ${SERVICES[kind]} ${words}` }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

/** An error that is worded for chat models, said of speech. */
export function asSpeechError(kind: SpeechKind, error: CozyError): CozyError {
  if (error.code.startsWith('VALIDATION_') || error.code.startsWith('INTERNAL_')) return error;
  return speechError(kind, WORDS[error.code] === undefined ? 'ENGINE_REQUEST_REJECTED' : error.code, error);
}
