const SECRET_KEY =
  /pass(word|wd|phrase)?$|secret|token$|[-_]?api[-_]?key(?!_days$)|private[-_]?key|[-_]key([-_]previous)?$|authorization|cookie|(database|redis|otpauth)_?url|dsn$|connection_?string|credential|recovery[-_]?codes?|ticket$|^invitation$|^(otp|pin|cvv|cvc)$|card[-_]?number/i;

/** Names of what a query, a form or a JSON text hands over. */
const NAMED =
  '(?:[a-z0-9_-]{0,32}(?:password|passwd|secret|token)|passphrase|api[_-]?key|x-api-key|ticket|otp|recovery_code|signature)';

/** Every repetition that could be tried at many places is bounded: what is logged may be long, and anybody's. */
const SECRET_TEXT: readonly [RegExp, string][] = [
  // All of the line: there are schemes of any name, and cookies of any number.
  [/\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(["']?\s*:\s*)[^\r\n]+/gi, '$1$2[redacted]'],
  [/\b(Bearer|Basic|Token)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [redacted]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/g, '[redacted]'],
  [/\b(?:(?:sk|ek|ck|pk|rk|m0|xai)[-_]|(?:gsk|hf|ghp|github_pat)_|AIza|AKIA)[A-Za-z0-9_-]{8,}/g, '[redacted]'],
  // Up to the last @: passwords are not always encoded as they should be.
  [/(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/]{0,256}):[^\s]{1,512}@/gi, '$1:[redacted]@'],
  [new RegExp(`(?<![a-z0-9_-])(${NAMED})=[^\\s&"',;]+`, 'gi'), '$1=[redacted]'],
  [new RegExp(`(["'])(${NAMED})\\1\\s*:\\s*"(?:[^"\\\\]|\\\\.)*"?`, 'gi'), '$1$2$1:"[redacted]"'],
  [/\b(password|passwd|passphrase):\s*\S+/gi, '$1: [redacted]'],
  // Secrets of authenticators, and recovery codes: base32 of 10 or 20 bytes, as it is shown and as people type it.
  [/\b(?:[A-Z2-7]{32}|[A-Z2-7]{16}|(?:[A-Z2-7]{4}[ -]){3,7}[A-Z2-7]{4})\b/g, '[redacted]'],
];

const EMAIL = /[\w.%+-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}/gi;
const DIGITS = /\d(?:[ -]?\d){12,18}/g;

/** Removes what looks like a secret from a text. */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), text);
}

/** A deep copy with secrets removed, by key and by pattern. Depth is bounded, so that a log line stays one. */
export function redact(value: unknown, depth = 6): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object') return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[bytes]';
  if (depth === 0) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, 100).map((entry) => redact(entry, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      redactText(key),
      isSecret(key, entry) ? '[redacted]' : redact(entry, depth - 1),
    ]),
  );
}

const isSecret = (key: string, value: unknown) =>
  SECRET_KEY.test(key) && value !== undefined && value !== null && value !== '';

const MOST_CHARACTERS = 500;
const READ_CHARACTERS = 4000;
const MOST_ENTRIES = 50;
const MOST_DEPTH = 5;
const MOST_WEIGHT = 6000;

/**
 * What is kept for years of arguments that anybody may have sent: plain JSON, without secrets, addresses and card numbers,
 * and small. Numbers whose digits JSON would write in another form (1e30) become text.
 */
export function redactForKeeping(value: object): Record<string, unknown> {
  const budget = { left: MOST_WEIGHT };
  try {
    return keepEntries(value, MOST_DEPTH, budget);
  } catch {
    // A getter or a proxy that throws.
    return { unreadable: true };
  }
}

function keepEntries(value: object, depth: number, budget: { left: number }): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  const keys = Object.keys(value).filter((key) => key !== '__proto__');
  for (const key of keys) {
    if (budget.left <= 0 || kept.length === MOST_ENTRIES) {
      kept.push(['…', `[${keys.length - keys.indexOf(key)} more]`]);
      break;
    }
    const entry = (value as Record<string, unknown>)[key];
    if (entry === undefined || typeof entry === 'function' || typeof entry === 'symbol') continue;
    const name = keepText(key.slice(0, 100), budget);
    kept.push([name, isSecret(key, entry) ? '[redacted]' : keep(entry, depth - 1, budget)]);
  }
  return Object.fromEntries(kept);
}

function keep(value: unknown, depth: number, budget: { left: number }): unknown {
  budget.left -= 4;
  if (budget.left <= 0) return '[cut]';
  switch (typeof value) {
    case 'string':
      return keepText(value, budget);
    case 'number':
      return keepNumber(value);
    case 'boolean':
      return value;
    case 'bigint':
      return keepText(String(value), budget);
    case 'object':
      return keepObject(value, depth, budget);
    case 'undefined':
    case 'function':
    case 'symbol':
      return null;
  }
}

function keepObject(value: object | null, depth: number, budget: { left: number }): unknown {
  if (value === null) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return '[bytes]';
  if (depth <= 0) return '[deep]';
  if (!Array.isArray(value)) return keepEntries(value, depth, budget);
  const entries = value.slice(0, MOST_ENTRIES).map((entry: unknown) => keep(entry, depth - 1, budget));
  return value.length > MOST_ENTRIES ? [...entries, `[${value.length - MOST_ENTRIES} more]`] : entries;
}

function keepNumber(value: number): number | string {
  const digits = JSON.stringify(value);
  return /^-?\d+(\.\d+)?$/.test(digits) ? value : String(value);
}

function keepText(text: string, budget: { left: number }): string {
  const isLong = text.length > READ_CHARACTERS;
  // A secret at the cut would not be known for one: the last word goes with it.
  const read = isLong ? text.slice(0, READ_CHARACTERS).replace(/\S*$/, '') : text;
  const clean = redactText(read).replace(EMAIL, '[email]').replace(DIGITS, hideCard);
  const kept =
    clean.length > MOST_CHARACTERS ? `${clean.slice(0, MOST_CHARACTERS)}… [${text.length} characters]` : clean;
  budget.left -= kept.length;
  return kept;
}

/** Luhn's check, so that long numbers that are no cards stay readable. */
function hideCard(text: string): string {
  const digits = (text.match(/\d/g) ?? []).toReversed().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0 ? '[card number]' : text;
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
