import { nameKey } from './recall-outline.js';
import type { RecallQuery } from './recall-query.js';
import type { Reading, ReadMemory } from './recall-reading.js';

export interface Person {
  /** The name's place among the query's groups: it says who speaks, and is not looked for. */
  group: number;
  speaks(memory: ReadMemory): boolean;
}

/** So often is somebody spoken to by name before the name is taken for one's own. */
const LEAST_CALLS = 3;
const LEAST_LINES = 3;
/** Of the times that a name is called, so many are called by one side. */
const MOST_ONE_SIDED = 0.7;
/** Of the memories that have a name, it is called out in so many. */
const LEAST_CALLED = 0.4;

/**
 * Whether a question names one who speaks: texts begin with the name, or one side calls the other by it. Lines that hold
 * the name are mostly the other's then, so they are not what is asked for.
 */
export function personIn({ groups }: RecallQuery, reading: Reading): Person | undefined {
  for (const [at, { word, alternatives }] of groups.entries()) {
    const key = nameKey(word);
    if (linesOf(key, reading) >= LEAST_LINES) return { group: at, speaks: ({ speaker }) => isNamed(speaker, key) };
    const [term = word] = alternatives.keys();
    const called = roleCalled(term, reading);
    if (called !== undefined)
      return { group: at, speaks: ({ speaker, memory }) => speaker === null && memory.role === called };
  }
  return undefined;
}

const isNamed = (speaker: string | null, key: string) =>
  speaker !== null && (speaker === key || speaker.startsWith(`${key}_`));

function linesOf(key: string, { speakers }: Reading): number {
  let lines = 0;
  for (const [speaker, count] of speakers) if (isNamed(speaker, key)) lines += count;
  return lines;
}

function roleCalled(term: string, { calls, holders }: Reading): 'user' | 'companion' | undefined {
  const by = calls.get(term);
  if (by === undefined) return undefined;
  const all = by.user + by.companion;
  if (all < LEAST_CALLS || all < LEAST_CALLED * (holders.get(term) ?? 0)) return undefined;
  // Who is called by the companion is the user.
  if (by.companion >= MOST_ONE_SIDED * all) return 'user';
  return by.user >= MOST_ONE_SIDED * all ? 'companion' : undefined;
}
