const FIRST_SECONDS = 60;
const LONGEST_SECONDS = 6 * 3600;

/** A minute, then twice as long each time, up to six hours; a fifth more or less, so that not all come at once. */
export function retryDelaySeconds(attempts: number, random: () => number = Math.random): number {
  const seconds = Math.min(FIRST_SECONDS * 2 ** Math.min(attempts, 20), LONGEST_SECONDS);
  return Math.round(seconds * (0.8 + 0.4 * random()));
}
