import { withContext } from './recall-context.js';
import { type People, peopleIn } from './recall-people.js';
import type { Period } from './recall-period.js';
import type { QueryGroup, RecallQuery } from './recall-query.js';
import { type OutlinedMemory, readMemories, type Reading, type ReadMemory } from './recall-reading.js';
import { correctSlips } from './recall-slips.js';

export interface RankedMemory {
  id: string;
  createdAt: Date;
  score: number;
}

/** How soon a term that is repeated stops to count more, and how much long texts lose: BM25's usual two. */
const SATURATION = 1.2;
const LENGTH_SHARE = 0.3;
/** As shares of what the rarest word would count. */
const SPEAKER_BONUS = 0.3;
const COMPANION_BONUS = 0.33;
const PERIOD_BONUS = 0.33;
const OF_ONESELF_BONUS = 0.05;
/** Of what a word would count that is as rare as what the speaker said. */
const SPEAKER_RARITY_SHARE = 0.6;
const ASKS_FACTOR = 0.6;
const COULD_ANSWER_FACTOR = 1.3;

/** All that have something of what the question names, the nearest first. Memories come in the order they were kept in. */
export function rankByWords(memories: readonly OutlinedMemory[], query: RecallQuery): RankedMemory[] {
  const reading = readMemories(memories, query);
  correctSlips(memories, reading, query.groups);
  const people = peopleIn(query, reading);
  const groups = query.groups.filter((_, at) => !people?.groups.has(at));
  const scores = withContext(reading.memories, ownScores(reading, groups), groups.length);
  const rarest = Math.log(1 + 2 * memories.length);
  const ranked: RankedMemory[] = [];
  reading.memories.forEach((read, at) => {
    const { id, createdAt } = read.memory;
    const score = scores[at] ?? 0;
    if (score === 0 && !isWithin(read, query.period)) return;
    ranked.push({ id, createdAt, score: (score + bonusOf(read, query, people, rarest)) * factorOf(read) });
  });
  return ranked.toSorted((a, b) => b.score - a.score);
}

/** BM25 over groups of terms, for each group; null where a memory has none of them. */
function ownScores({ memories, holders }: Reading, groups: readonly QueryGroup[]): (Float64Array | null)[] {
  const mean = memories.reduce((sum, { length }) => sum + length, 0) / memories.length || 1;
  const rarity = new Map<string, number>();
  for (const [term, count] of holders) {
    rarity.set(term, Math.log(1 + (memories.length - count + 0.5) / (count + 0.5)));
  }
  return memories.map(({ hits, length }) => {
    if (hits === null) return null;
    const dampening = SATURATION * (1 - LENGTH_SHARE + (LENGTH_SHARE * length) / mean);
    const scores = new Float64Array(groups.length);
    groups.forEach((group, at) => {
      scores[at] = group.weight * bestOf(group, hits, dampening, rarity);
    });
    return scores;
  });
}

/** Of a group, what counts most. */
function bestOf(
  { alternatives }: QueryGroup,
  hits: ReadonlyMap<string, number>,
  dampening: number,
  rarity: ReadonlyMap<string, number>,
): number {
  let best = 0;
  for (const [term, count] of hits) {
    const weight = alternatives.get(term);
    if (weight === undefined) continue;
    best = Math.max(best, (weight * (rarity.get(term) ?? 0) * count * (SATURATION + 1)) / (count + dampening));
  }
  return best;
}

const bonusOf = (read: ReadMemory, query: RecallQuery, people: People | undefined, rarest: number) =>
  speakerBonus(read, query, people, rarest) + (isWithin(read, query.period) ? PERIOD_BONUS * rarest : 0);

function speakerBonus(read: ReadMemory, { about }: RecallQuery, people: People | undefined, rarest: number): number {
  // Who speaks tells more where many do.
  if (people) return people.speaks(read) ? SPEAKER_BONUS * rarest - SPEAKER_RARITY_SHARE * Math.log(people.share) : 0;
  if (about !== read.memory.role) return 0;
  return (about === 'companion' ? COMPANION_BONUS : OF_ONESELF_BONUS) * rarest;
}

const factorOf = ({ onlyAsks, couldAnswer }: ReadMemory) =>
  (onlyAsks ? ASKS_FACTOR : 1) * (couldAnswer ? COULD_ANSWER_FACTOR : 1);

const isWithin = ({ saidAt }: ReadMemory, period: Period | undefined) =>
  period !== undefined && saidAt >= period.from && saidAt < period.until;
