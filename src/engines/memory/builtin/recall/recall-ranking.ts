import { conversationsOf } from './recall-conversations.js';
import { type Person, personIn } from './recall-people.js';
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
/** What of a score those before and after get, by distance: answers follow questions, and are understood by them. */
const TO_AFTER = [0.4, 0.2];
const TO_BEFORE = [0.2, 0.1];
const SESSION_SHARE = 0.05;
/** As shares of what the rarest word would count. */
const SPEAKER_BONUS = 0.33;
const PERIOD_BONUS = 0.33;
const OF_ONESELF_BONUS = 0.05;
const ASKS_FACTOR = 0.6;
const COULD_ANSWER_FACTOR = 1.3;

/** All that have something of what the question names, the nearest first. Memories come in the order they were kept in. */
export function rankByWords(memories: readonly OutlinedMemory[], query: RecallQuery): RankedMemory[] {
  const reading = readMemories(memories, query);
  correctSlips(reading, query.groups);
  const person = personIn(query, reading);
  const own = ownScores(
    reading,
    query.groups.filter((_, at) => at !== person?.group),
  );
  const shared = sharedScores(memories, own);
  const rarest = Math.log(1 + 2 * memories.length);
  const ranked: RankedMemory[] = [];
  reading.memories.forEach((read, at) => {
    const { id, createdAt } = read.memory;
    const score = shared[at] ?? 0;
    if (score === 0 && !isWithin(createdAt, query.period)) return;
    ranked.push({ id, createdAt, score: (score + rarest * bonusOf(read, query, person)) * factorOf(read) });
  });
  return ranked.toSorted((a, b) => b.score - a.score);
}

/** BM25 over groups of terms: of a group, what counts most. */
function ownScores({ memories, holders }: Reading, groups: readonly QueryGroup[]): number[] {
  const mean = memories.reduce((sum, { length }) => sum + length, 0) / memories.length || 1;
  const rarity = new Map<string, number>();
  for (const [term, count] of holders) {
    rarity.set(term, Math.log(1 + (memories.length - count + 0.5) / (count + 0.5)));
  }
  return memories.map(({ hits, length }) => {
    if (hits === null) return 0;
    const dampening = SATURATION * (1 - LENGTH_SHARE + (LENGTH_SHARE * length) / mean);
    return groups.reduce((sum, group) => sum + group.weight * bestOf(group, hits, dampening, rarity), 0);
  });
}

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

/** With what neighbours and the rest of a conversation add to what each has itself. */
function sharedScores(memories: readonly OutlinedMemory[], own: readonly number[]): number[] {
  const shared = [...own];
  const give = (to: number | undefined, score: number) => {
    if (to !== undefined) shared[to] = (shared[to] ?? 0) + score;
  };
  for (const conversation of conversationsOf(memories)) {
    const scores = conversation.map((place) => own[place] ?? 0);
    const best = scores.reduce((most, score) => Math.max(most, score), 0);
    if (best === 0) continue;
    scores.forEach((score, at) => {
      if (score === 0) return;
      TO_AFTER.forEach((share, distance) => give(conversation[at + distance + 1], share * score));
      TO_BEFORE.forEach((share, distance) => give(conversation[at - distance - 1], share * score));
    });
    for (const place of conversation) if ((shared[place] ?? 0) > 0) give(place, SESSION_SHARE * best);
  }
  return shared;
}

const bonusOf = (read: ReadMemory, query: RecallQuery, person: Person | undefined) =>
  speakerBonus(read, query, person) + (isWithin(read.memory.createdAt, query.period) ? PERIOD_BONUS : 0);

function speakerBonus(read: ReadMemory, { about }: RecallQuery, person: Person | undefined): number {
  if (person) return person.speaks(read) ? SPEAKER_BONUS : 0;
  if (about !== read.memory.role) return 0;
  return about === 'companion' ? SPEAKER_BONUS : OF_ONESELF_BONUS;
}

const factorOf = ({ onlyAsks, couldAnswer }: ReadMemory) =>
  (onlyAsks ? ASKS_FACTOR : 1) * (couldAnswer ? COULD_ANSWER_FACTOR : 1);

const isWithin = (at: Date, period: Period | undefined) =>
  period !== undefined && at.getTime() >= period.from && at.getTime() < period.until;
