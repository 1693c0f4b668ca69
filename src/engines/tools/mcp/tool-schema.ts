import { isRecord } from './json-value.js';

const MOST_CHARACTERS = 32_768;
const MOST_LEVELS = 40;
/** What a schema may grow to when every reference is replaced by what it refers to. */
const MOST_EXPANDED_NODES = 10_000;
const MOST_EXPANDED_LEVELS = 2000;
/** What they hold is used only where it is referred to. */
const DEFINITIONS = new Set(['$defs', 'definitions']);
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
  if (expandedNodes(input) > MOST_EXPANDED_NODES)
    return { problem: 'its input schema grows too large by its references' };
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

/**
 * How many nodes a schema has once its references are followed, each as often as it stands there: so much work may one
 * check be. What refers to itself counts once, as the arguments bound how often it is used; so do references by name.
 * Those cannot be told beforehand, and are bounded in time where arguments are checked.
 */
function expandedNodes(root: Record<string, unknown>): number {
  const known = new Map<object, number>();
  const count = (value: unknown, level: number): number => {
    if (typeof value !== 'object' || value === null) return 0;
    const before = known.get(value);
    if (before !== undefined) return before;
    if (level > MOST_EXPANDED_LEVELS) return Infinity;
    known.set(value, 1);
    let nodes = 1;
    for (const [key, entry] of Object.entries(value)) {
      const sizes = partsOf(root, key, entry).map((part) => count(part, level + 1));
      nodes += Math.max(0, ...sizes);
    }
    known.set(value, nodes);
    return nodes;
  };
  return count(root, 0);
}

/** What a keyword adds: the largest of these. */
function partsOf(root: unknown, key: string, entry: unknown): readonly unknown[] {
  if (DEFINITIONS.has(key) && isRecord(entry)) return Object.values(entry);
  return [REFERENCES.has(key) && typeof entry === 'string' ? targetOf(root, entry) : entry];
}

/** What a reference like `#/$defs/a` means; undefined for one by name or to nothing. */
function targetOf(root: unknown, reference: string): unknown {
  if (reference === '#') return root;
  return reference.startsWith('#/') ? reference.slice(2).split('/').reduce(stepInto, root) : undefined;
}

function stepInto(at: unknown, part: string): unknown {
  if (typeof at !== 'object' || at === null) return undefined;
  const key = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
  return Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
