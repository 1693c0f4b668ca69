const SECRET_KEY =
  /pass(word|wd)?$|secret|token$|[-_]?api[-_]?key|[-_]key$|authorization|cookie|database_url|redis_url|credential/i;

const SECRET_TEXT: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [redacted]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/g, '[redacted]'],
  [/\b(sk|ek|ck|pk|rk)[-_][A-Za-z0-9_-]{8,}/g, '[redacted]'],
  // Up to the last @: passwords are not always encoded as they should be.
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s]+@/gi, '$1:[redacted]@'],
];

/** Removes what looks like a secret from a text. */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

/** A deep copy with secrets removed, by key and by pattern. Depth is bounded, so that a log line stays one. */
export function redact(value: unknown, depth = 6): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth === 0) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, 100).map((entry) => redact(entry, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      SECRET_KEY.test(key) && entry !== undefined && entry !== null && entry !== ''
        ? '[redacted]'
        : redact(entry, depth - 1),
    ]),
  );
}

/** What of an error may stand in a log: its kind, code and stack, with secrets removed; causes included. */
export function describeError(error: unknown, depth = 3): Record<string, unknown> {
  if (!(error instanceof Error)) return { thrown: redact(error, 3) };
  const { code, status } = error as Error & { code?: unknown; status?: unknown };
  return {
    name: error.name,
    message: redactText(error.message),
    ...(code !== undefined && { code }),
    ...(status !== undefined && { status }),
    stack: redactText(error.stack ?? ''),
    ...(error.cause !== undefined && depth > 0 && { cause: describeError(error.cause, depth - 1) }),
  };
}
