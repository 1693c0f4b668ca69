/** What a web service sent, read without trust in its shape. */
export type JsonRecord = Record<string, unknown>;

export function recordOf(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

/** The records of a list; whatever else it holds is left out. Undefined when it is no list. */
export function recordsOf(value: unknown): JsonRecord[] | undefined {
  return Array.isArray(value) ? value.map(recordOf).filter((item) => item !== undefined) : undefined;
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
