import { expect } from 'vitest';
import type { Answer } from './account.js';

/** The answer is an error in the one shape of every error, with this status and code (and param, where it matters). */
export function expectRefusal(answer: Answer, status: number, code: string, param?: string): void {
  const seen = { status: answer.status, code: answer.body?.error?.code, param: answer.body?.error?.param };
  expect(seen).toEqual({ status, code, param: param ?? expect.toSatisfy(() => true) });
  expectErrorShape(answer);
}

/** What OpenAI's SDKs, the engine's clients and the CozyChat web app read of any error. */
export function expectErrorShape(answer: Answer): void {
  expect(answer.headers.get('content-type')).toMatch(/^application\/json; charset=utf-8$/);
  const { message } = answer.body;
  expect(answer.body).toEqual({
    error: {
      message,
      type: expect.stringMatching(
        /^(invalid_request_error|authentication_error|permission_error|rate_limit_error|api_error)$/,
      ),
      param: expect.toSatisfy((param) => param === null || typeof param === 'string'),
      code: expect.stringMatching(/^(AUTH|VALIDATION|RESOURCE|ENGINE|STORAGE|TOOL|RATE_LIMIT|INTERNAL)_[A-Z_]+$/),
      request_id: answer.headers.get('x-request-id'),
      details: expect.any(Object),
    },
    message: expect.stringMatching(/\S/),
    detail: message,
  });
}
