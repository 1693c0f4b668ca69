import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody, PROVIDER_SECRET, type ProviderFault, simulatedVector } from './provider-script.js';
import { readUpload, type UploadedFile } from './speech-simulator.js';

const JSON_HEADERS = { 'content-type': 'application/json' };

/** Whether it comes in place of a stream, not in the middle of one. */
export function isBeforeStream(fault: ProviderFault): boolean {
  return ['status', 'hang-before-headers', 'cut-before-headers', 'html', 'error-body'].includes(fault.kind);
}

export function sendFault(response: ServerResponse, fault: ProviderFault): void {
  if (fault.kind === 'cut-before-headers') response.destroy();
  if (fault.kind === 'html') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<html><body>${PROVIDER_SECRET}</body></html>`);
  }
  if (fault.kind === 'error-body') sendJson(response, errorBody(fault.code));
  if (fault.kind !== 'status') return;
  const body = fault.body ?? errorBody(fault.code);
  const isText = typeof body === 'string';
  response.writeHead(fault.status, { ...(isText ? { 'content-type': 'text/html' } : JSON_HEADERS), ...fault.headers });
  response.end(isText ? body : JSON.stringify(body));
}

export function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, JSON_HEADERS).end(Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

export function embeddings(body: Record<string, unknown>): unknown {
  const input = Array.isArray(body['input']) ? body['input'] : [body['input']];
  const dimensions = typeof body['dimensions'] === 'number' ? body['dimensions'] : 8;
  const data = input.map((item, index) => ({
    object: 'embedding',
    index,
    embedding: simulatedVector(item, dimensions),
  }));
  // Clients must go by `index`, not by position.
  data.reverse();
  return {
    object: 'list',
    data,
    model: body['model'],
    usage: { prompt_tokens: input.length, total_tokens: input.length },
  };
}

export function modelList(ids: readonly string[]): unknown {
  return { object: 'list', data: ids.map((id) => ({ id, object: 'model', created: 0, owned_by: 'simulator' })) };
}

/** A request's JSON, or the fields and the file of a form. */
export async function readBody(
  request: IncomingMessage,
): Promise<{ body: Record<string, unknown>; file?: UploadedFile }> {
  const bytes = Buffer.concat(await request.toArray());
  if (request.headers['content-type']?.startsWith('multipart/form-data')) {
    const { fields, file } = await readUpload(bytes, request.headers);
    return { body: fields, ...(file && { file }) };
  }
  const text = bytes.toString('utf8');
  return { body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
