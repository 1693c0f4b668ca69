/**
 * - `refused`: the address may not be fetched
 * - `timeout`, `aborted`: the own deadline passed, or the caller's signal ended it
 * - `too_large`: the body is longer than asked for
 * - `redirects`: too many of them, or one that leads nowhere
 * - `failed`: no answer, or one that broke off
 */
export type FetchProblem = 'refused' | 'timeout' | 'aborted' | 'too_large' | 'redirects' | 'failed';

/** Why a guarded fetch has no answer. The message names the host asked for, never an address behind it. */
export class GuardedFetchError extends Error {
  override readonly name = 'GuardedFetchError';

  constructor(
    readonly problem: FetchProblem,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
