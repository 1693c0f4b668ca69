/** Whether a value of unknown origin has properties to look at. Lists are records too. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
