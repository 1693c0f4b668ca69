import { nearWords } from './near-words.js';
import { type Neighbours, neighboursOf } from './recall-neighbours.js';
import { type Outline, readOutline } from './recall-outline.js';
import { type Person, personIn } from './recall-people.js';
import type { Period } from './recall-period.js';
import type { QueryGroup, RecallQuery } from './recall-query.js';

/** What is known of a memory before its text is read. */
export interface OutlinedMemory {
  id: string;
  sessionId: string | null;
  /** Who said it. */
  role: 'user' | 'companion';
  createdAt: Date;
  outline: string;
}

export interface RankedMemory {
  id: string;
  createdAt: Date;
  score: number;
}

interface Read extends OutlinedMemory {
  read: Outline;
}

/** How soon a term that is repeated stops to count more, and how much long texts lose: BM25's usual two. */
const SATURATION = 1.2;
const LENGTH_SHARE = 0.3;
/** What of its neighbours' score a memory gets: answers follow questions, and are understood by them. */
const SHARES = { before: 0.4, secondBefore: 0.2, after: 0.2, secondAfter: 0.1 };
const SESSION_SHARE = 0.05;
/** As shares of what the rarest word would count. */
const SPEAKER_BONUS = 0.33;
const PERIOD_BONUS = 0.33;
const OF_ONESELF_BONUS = 0.05;
const ASKS_FACTOR = 0.6;
const COULD_ANSWER_FACTOR = 1.3;

/** All that have something of what the question names, the nearest first. Memories come in the order they were kept in. */
export function rankByWords(memories: readonly OutlinedMemory[], query: RecallQuery): RankedMemory[] {
  const read: Read[] = memories.map((memory) => ({ ...memory, read: readOutline(memory.outline) }));
  const person = personIn(
    query,
    read.map(({ read: outline, role }) => ({ outline, role })),
  );
  const groups = query.groups.filter((_, at) => at !== person?.group);
  const rarest = Math.log(1 + 2 * read.length);
  const own = ownScores(read, groups);
  const bonuses = read.map((memory) => rarest * bonusOf(memory, query, person));
  const near = neighboursOf(read);
  const shared = read.map((_, at) => (own[at] ?? 0) + sharedScore(own, near[at]));
  const sessions = bestOfSessions(read, own);
  return read
    .map((memory, at) => {
      const isFound = (shared[at] ?? 0) > 0 || isWithin(memory.createdAt, query.period);
      const session = SESSION_SHARE * (sessions.get(memory.sessionId) ?? 0);
      const sum = (shared[at] ?? 0) + (bonuses[at] ?? 0) + session;
      return { id: memory.id, createdAt: memory.createdAt, score: isFound ? sum * factorOf(memory.read, query) : 0 };
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score);
}

/** BM25 over groups of terms: of a group, what counts most. */
function ownScores(memories: readonly Read[], groups: readonly QueryGroup[]): number[] {
  const wanted = new Map<string, number>();
  for (const { alternatives } of groups) for (const term of alternatives.keys()) wanted.set(term, 0);
  let length = 0;
  const found = memories.map(({ read }) => {
    length += read.length;
    const hits = new Map<string, number>();
    for (const written of read.terms) {
      const term = plain(written);
      if (wanted.has(term)) hits.set(term, (hits.get(term) ?? 0) + 1);
    }
    for (const term of hits.keys()) wanted.set(term, (wanted.get(term) ?? 0) + 1);
    return hits;
  });
  correctSlips(memories, groups, wanted, found);
  const mean = length / Math.max(1, memories.length) || 1;
  const rarity = (term: string) => {
    const holders = wanted.get(term) ?? 0;
    return Math.log(1 + (memories.length - holders + 0.5) / (holders + 0.5));
  };
  return memories.map(({ read }, at) => {
    const hits = found[at];
    if (hits === undefined || hits.size === 0) return 0;
    const dampening = SATURATION * (1 - LENGTH_SHARE + (LENGTH_SHARE * read.length) / mean);
    return groups.reduce((sum, group) => sum + group.weight * bestOf(group, hits, dampening, rarity), 0);
  });
}

function bestOf(
  { alternatives }: QueryGroup,
  hits: ReadonlyMap<string, number>,
  dampening: number,
  rarity: (term: string) => number,
): number {
  let best = 0;
  for (const [term, count] of hits) {
    const weight = alternatives.get(term);
    if (weight === undefined) continue;
    best = Math.max(best, (weight * rarity(term) * count * (SATURATION + 1)) / (count + dampening));
  }
  return best;
}

/** A word that no memory holds, nor any other word for it, may be misspelt. */
function correctSlips(
  memories: readonly Read[],
  groups: readonly QueryGroup[],
  wanted: Map<string, number>,
  found: readonly Map<string, number>[],
): void {
  const unknown = groups.filter(({ alternatives }) => ![...alternatives.keys()].some((term) => wanted.get(term)));
  if (unknown.length === 0) return;
  const vocabulary = new Set(memories.flatMap(({ read }) => read.terms.map(plain)));
  for (const { word, alternatives } of unknown) {
    const [term = word] = alternatives.keys();
    for (const near of new Set([...nearWords(word, vocabulary), ...nearWords(term, vocabulary)])) {
      alternatives.set(near, 0.5);
      if (wanted.get(near)) continue;
      memories.forEach(({ read }, at) => {
        const count = read.terms.filter((written) => plain(written) === near).length;
        if (count === 0) return;
        found[at]?.set(near, count);
        wanted.set(near, (wanted.get(near) ?? 0) + 1);
      });
    }
  }
}

function sharedScore(own: readonly number[], near: Neighbours | undefined): number {
  if (near === undefined) return 0;
  const of = (at: number | undefined) => (at === undefined ? 0 : (own[at] ?? 0));
  return (
    SHARES.before * of(near.before) +
    SHARES.secondBefore * of(near.secondBefore) +
    SHARES.after * of(near.after) +
    SHARES.secondAfter * of(near.secondAfter)
  );
}

function bestOfSessions(memories: readonly Read[], own: readonly number[]): Map<string | null, number> {
  const best = new Map<string | null, number>();
  memories.forEach(({ sessionId }, at) => {
    if (sessionId !== null) best.set(sessionId, Math.max(best.get(sessionId) ?? 0, own[at] ?? 0));
  });
  return best;
}

const bonusOf = (memory: Read, query: RecallQuery, person: Person | undefined) =>
  speakerBonus(memory, query, person) + (isWithin(memory.createdAt, query.period) ? PERIOD_BONUS : 0);

function speakerBonus({ read, role }: Read, { about }: RecallQuery, person: Person | undefined): number {
  if (person) return person.speaks(read, role) ? SPEAKER_BONUS : 0;
  if (about !== role) return 0;
  return role === 'companion' ? SPEAKER_BONUS : OF_ONESELF_BONUS;
}

const factorOf = ({ onlyAsks, marks }: Outline, { asked }: RecallQuery) =>
  (onlyAsks ? ASKS_FACTOR : 1) * (asked !== undefined && marks.includes(asked) ? COULD_ANSWER_FACTOR : 1);

const isWithin = (at: Date, period: Period | undefined) =>
  period !== undefined && at.getTime() >= period.from && at.getTime() < period.until;

/** Without the sign of a character or a name. */
const plain = (written: string) => (written[0] === '@' || written[0] === "'" ? written.slice(1) : written);
