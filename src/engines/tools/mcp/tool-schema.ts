import { isRecord } from './json-value.js';

const MOST_CHARACTERS = 32_768;
const MOST_LEVELS = 40;
const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

export type SchemaCheck = { schema: Record<string, unknown> } | { problem: string };

/**
 * A tool's input schema as it may be passed on. It is data from a stranger: bounded, an object's, and with no reference
 * that leaves it, as nobody shall ever fetch one. References within it (`#/…`) stay.
 */
export function checkedSchema(input: unknown): SchemaCheck {
  if (input === undefined) return { schema: { type: 'object', properties: {} } };
  if (!isRecord(input)) return { problem: 'its input schema is not an object' };
  if (input['type'] !== undefined && input['type'] !== 'object') {
    return { problem: 'its input schema is not that of an object' };
  }
  const problem = problemIn(input, 0);
  if (problem !== undefined) return { problem };
  // Only once the depth is known to be bounded: this one recurses too.
  if (JSON.stringify(input).length > MOST_CHARACTERS) return { problem: 'its input schema is too large' };
  return { schema: { ...input, type: 'object' } };
}

/** Reads every level, those of examples and defaults too: rather one tool less than one reference too many. */
function problemIn(value: unknown, level: number): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (level > MOST_LEVELS) return 'its input schema is nested too deeply';
  for (const [key, entry] of Object.entries(value)) {
    if (REFERENCES.has(key) && typeof entry === 'string' && !entry.startsWith('#')) {
      return 'its input schema refers to another document';
    }
    const problem = problemIn(entry, level + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
