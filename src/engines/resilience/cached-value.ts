const DATE = '$date';

/** Makes a value safe to be given to several callers. Dates cannot be frozen; bytes neither. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

/** A search that found nothing, a profile of somebody unknown. */
export function isEmptyAnswer(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

/** An answer as it stands in the cache: until when it holds, and itself, with its dates. */
export function packed(value: unknown, expiresAt: number): string {
  return JSON.stringify({ expiresAt, value }, function (this: Record<string, unknown>, key, plain: unknown) {
    // JSON has already made a text of a date when it asks.
    const original = this[key];
    return original instanceof Date ? { [DATE]: original.getTime() } : plain;
  });
}

/** Undefined for whatever was not packed here. */
export function unpacked(text: string): { value: unknown; expiresAt: number } | undefined {
  try {
    const { expiresAt, value } = JSON.parse(text, revived) as { expiresAt?: unknown; value?: unknown };
    return typeof expiresAt === 'number' && value !== undefined ? { value, expiresAt } : undefined;
  } catch {
    return undefined;
  }
}

function revived(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !(DATE in value)) return value;
  return typeof value[DATE] === 'number' ? new Date(value[DATE]) : value;
}
