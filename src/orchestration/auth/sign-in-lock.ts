const FREE = 5;
const FIRST_SECONDS = 30;
const LONGEST_SECONDS = 900;

/** Seconds that a name is locked for after so many failures in a row: the sixth locks, each further one twice as long. */
export function lockSeconds(failures: number): number {
  return failures <= FREE ? 0 : Math.min(FIRST_SECONDS * 2 ** (failures - FREE - 1), LONGEST_SECONDS);
}
