import type { Outline } from './recall-outline.js';
import { nameKey } from './recall-outline.js';
import type { RecallQuery } from './recall-query.js';

/** Who speaks a memory: by name where the text begins with one, else by role. */
export type SpeakerOf = (outline: Outline, role: 'user' | 'companion') => boolean;

export interface Person {
  /** The name's place among the query's groups: it says who speaks, and is not looked for. */
  group: number;
  speaks: SpeakerOf;
}

interface Spoken {
  outline: Outline;
  role: 'user' | 'companion';
}

/** So often is somebody spoken to by name before the name is taken for one's own. */
const LEAST_ADDRESSES = 3;
const LEAST_LINES = 3;
/** Of the times that a name is called, so many are called by one side. */
const MOST_ONE_SIDED = 0.7;
/** Of the times that a name occurs, it is called out so often. */
const LEAST_CALLED = 0.4;

/**
 * Whether a question names one who speaks: the texts begin with the name, or one side calls the other by it. Lines that
 * hold the name are mostly the other's then, so they are not what is asked for.
 */
export function personIn({ groups }: RecallQuery, memories: readonly Spoken[]): Person | undefined {
  for (const [at, { word, alternatives }] of groups.entries()) {
    const term = alternatives.keys().next().value ?? word;
    const key = nameKey(word);
    const lines = memories.filter(({ outline }) => isNamed(outline, key)).length;
    if (lines >= LEAST_LINES) return { group: at, speaks: (outline) => isNamed(outline, key) };
    const role = roleCalled(term, memories);
    if (role !== undefined) return { group: at, speaks: (outline, of) => outline.speaker === null && of === role };
  }
  return undefined;
}

const isNamed = ({ speaker }: Outline, key: string) =>
  speaker !== null && (speaker === key || speaker.startsWith(`${key}_`));

function roleCalled(term: string, memories: readonly Spoken[]): 'user' | 'companion' | undefined {
  const called = `@${term}`;
  const calls = { user: 0, companion: 0 };
  let mentions = 0;
  for (const { outline, role } of memories) {
    if (outline.terms.includes(called)) calls[role] += 1;
    else if (outline.terms.includes(term)) mentions += 1;
  }
  const all = calls.user + calls.companion;
  if (all < LEAST_ADDRESSES || all < LEAST_CALLED * (all + mentions)) return undefined;
  // Who is called by the companion is the user.
  if (calls.companion >= MOST_ONE_SIDED * all) return 'user';
  return calls.user >= MOST_ONE_SIDED * all ? 'companion' : undefined;
}
