import type { ErrorCode } from '../../core/errors/error-table.js';
import { CozyError } from '../../core/errors/cozy.error.js';

/** Where the work itself is at fault, nobody expects much of a sixth attempt. */
const MOST_ATTEMPTS = 5;
/** Where a service is away it comes back, some hours later at worst. */
const MOST_OUTAGE_ATTEMPTS = 32;
const LONGEST_WAIT_SECONDS = 600;

/** Of work for an engine that this instance does not know. */
export const NOT_CONFIGURED = 'ENGINE_NOT_CONFIGURED';

const OUTAGES: ReadonlySet<string> = new Set<ErrorCode | typeof NOT_CONFIGURED>([
  NOT_CONFIGURED,
  'ENGINE_UNAVAILABLE',
  'ENGINE_TIMEOUT',
  'ENGINE_RATE_LIMITED',
  'ENGINE_AUTH_FAILED',
]);

/** How a failed attempt is written down. */
export const codeOf = (error: unknown): string => {
  if (error instanceof CozyError) return error.code;
  return error instanceof Error ? error.name : 'Error';
};

/** Whether the database was away: then nothing can be written down, and it is no fault of the work. */
export const isStorageAway = (error: unknown): boolean =>
  error instanceof CozyError && error.code === 'STORAGE_UNAVAILABLE';

/**
 * What comes after a failure: given up, or tried again after a wait that doubles each time, up to ten minutes, and is
 * cut by up to a half at random, so that what failed together does not come back together.
 */
export function afterFailure(
  code: string,
  attempts: number,
  random: () => number = Math.random,
): { dead: boolean; waitSeconds: number } {
  const most = OUTAGES.has(code) ? MOST_OUTAGE_ATTEMPTS : MOST_ATTEMPTS;
  const longest = Math.min(2 ** Math.min(attempts - 1, 20), LONGEST_WAIT_SECONDS);
  return { dead: attempts >= most, waitSeconds: longest * (1 - random() / 2) };
}
