/** How long to wait before a connection is tried again. */
export interface RetryPolicy {
  firstMs: number;
  mostMs: number;
  /** A connection that has lived this long was a good one: the next wait is short again. */
  stableMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { firstMs: 500, mostMs: 60_000, stableMs: 30_000 };

/** Doubles with every failure; spread over half of it, so that servers that fell together do not rise together. */
export function retryDelayMs(policy: RetryPolicy, failures: number, random = Math.random()): number {
  const full = Math.min(policy.mostMs, policy.firstMs * 2 ** Math.min(failures, 30));
  return full * (0.5 + random / 2);
}
