import type { Response } from 'express';
import type { Lifecycle } from '../../core/lifecycle/lifecycle.js';

/** Aborts when the client goes away, or when the server's grace period is over. */
export function requestSignal(response: Response, lifecycle: Lifecycle): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const forget = lifecycle.onEndOfGrace(abort);
  response.once('close', () => {
    forget();
    if (!response.writableFinished) abort();
  });
  return controller.signal;
}
