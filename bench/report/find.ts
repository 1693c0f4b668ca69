/** A step into a result: a key, a place (from the end where negative), or the entry that has these values. */
export type Step = string | number | Record<string, unknown>;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function into(value: unknown, step: Step): unknown {
  if (typeof step === 'string') return isRecord(value) ? value[step] : undefined;
  if (!Array.isArray(value)) return undefined;
  if (typeof step === 'number') return value.at(step) as unknown;
  return value.find((entry) => isRecord(entry) && Object.entries(step).every(([key, wanted]) => entry[key] === wanted));
}

/** What a result says there; undefined where it has no such place. */
export const find = (result: unknown, ...steps: Step[]): unknown => {
  let value = result;
  for (const step of steps) value = into(value, step);
  return value;
};

export function findNumber(result: unknown, ...steps: Step[]): number | undefined {
  const value = find(result, ...steps);
  return typeof value === 'number' ? value : undefined;
}

/** The entries of a list; none where there is no list. */
export function entries(result: unknown, ...steps: Step[]): Record<string, unknown>[] {
  const value = find(result, ...steps);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
