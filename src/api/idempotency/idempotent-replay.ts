import type { Answer } from '../../orchestration/idempotency/idempotency.service.js';

/** Not a failure: ends a request with the answer that was given to it before. The error filter writes it out. */
export class IdempotentReplay extends Error {
  constructor(readonly answer: Answer) {
    super('replayed');
  }
}
