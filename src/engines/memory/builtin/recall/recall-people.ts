import { nameKey } from './recall-outline.js';
import type { RecallQuery } from './recall-query.js';
import type { Reading, ReadMemory } from './recall-reading.js';

/** Those who speak, as far as a question names them. */
export interface People {
  /** The places of their names among the query's groups: they say who speaks, and are not looked for. */
  groups: ReadonlySet<number>;
  /** The share of memories that are theirs. */
  share: number;
  /** Whether it is of the one that is asked about: the first that is named, or both of "Nora and Theo". */
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
 * Whom a question names of those who speak: texts begin with the name, or one side calls the other by it. Lines that hold
 * the name are mostly the other's then, so they are not what is asked for.
 */
export function peopleIn({ groups, namesTogether }: RecallQuery, reading: Reading): People | undefined {
  const named = groups.flatMap(({ word, alternatives }, group) => {
    const [term = word] = alternatives.keys();
    const speaks = speakerOf(word, term, reading);
    return speaks === undefined ? [] : [{ group, speaks }];
  });
  if (named.length === 0) return undefined;
  const wanted = namesTogether ? named : named.slice(0, 1);
  const speaks = (memory: ReadMemory) => wanted.some((one) => one.speaks(memory));
  const theirs = reading.memories.reduce((sum, memory) => (speaks(memory) ? sum + 1 : sum), 0);
  return { groups: new Set(named.map(({ group }) => group)), share: theirs / reading.memories.length, speaks };
}

function speakerOf(word: string, term: string, reading: Reading): People['speaks'] | undefined {
  const key = nameKey(word);
  if (linesOf(key, reading) >= LEAST_LINES) return ({ speaker }) => isNamed(speaker, key);
  const called = roleCalled(term, reading);
  return called === undefined ? undefined : ({ speaker, memory }) => speaker === null && memory.role === called;
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
