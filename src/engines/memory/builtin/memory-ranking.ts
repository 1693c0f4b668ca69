import { type Ranking, fuseRankings } from '../../../core/util/rank-fusion.js';
import { comparable, type ComparableText, saySame } from './same-text.js';

/** A memory that a search by words has found. */
export interface FoundByWords {
  id: string;
  createdAt: Date;
  score: number;
}

/** A memory whose vector may be near to the query's. */
export interface FoundByVector {
  id: string;
  createdAt: Date;
  /** Of unit length. */
  embedding: Float32Array;
}

export interface Ranked {
  id: string;
  /** 1 is as good as it gets. */
  score: number;
}

/** After so long, a memory has lost half of what age takes. */
const HALF_LIFE_MS = 60 * 24 * 3600 * 1000;
/** Age takes no more than this: what was told a year ago and fits is better than what was told today and hardly fits. */
const MOST_LOST_BY_AGE = 0.1;
/** A text that shares but a common word with the query is noise beside one that shares the rare ones. */
const LEAST_OF_BEST = 0.08;
/** Below this, texts have nothing to do with each other under any embedding model that is in use. */
const LEAST_COSINE = 0.25;
const MOST_BY_WORDS = 100;
const MOST_BY_VECTOR = 20;

/** 1 for what is new, falling to what age cannot take. */
export function recency(createdAt: Date, now: Date): number {
  const age = Math.max(0, now.getTime() - createdAt.getTime());
  return 1 - MOST_LOST_BY_AGE * (1 - 2 ** (-age / HALF_LIFE_MS));
}

/** The nearest first, by words and, where there is a query vector, by meaning. */
export function rankMemories(
  byWords: readonly FoundByWords[],
  byVector: readonly FoundByVector[],
  query: readonly number[] | null,
  now: Date,
): Ranked[] {
  const best = byWords.reduce((most, { score }) => Math.max(most, score), 0);
  const worded = byWords.filter(({ score }) => score >= best * LEAST_OF_BEST).slice(0, MOST_BY_WORDS);
  const near = query === null ? { ids: [] } : nearTo(byVector, query);
  const saidAt = new Map([...worded, ...byVector].map(({ id, createdAt }) => [id, createdAt]));
  const scores =
    near.ids.length === 0
      ? new Map(worded.map(({ id, score }) => [id, score / best]))
      : fuseRankings([{ ids: worded.map(({ id }) => id) }, near]);
  return [...scores]
    .map(([id, score]) => ({ id, score: score * recency(saidAt.get(id) ?? now, now) }))
    .toSorted((a, b) => b.score - a.score);
}

/** At most `topK` of what was ranked, nothing twice. */
export function distinct<Row extends { id: string; text: string }>(
  rows: readonly Row[],
  ranked: readonly Ranked[],
  topK: number,
): { row: Row; score: number }[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const chosen: { row: Row; score: number; said: ComparableText }[] = [];
  for (const { id, score } of ranked) {
    if (chosen.length >= topK) break;
    const row = byId.get(id);
    if (row === undefined) continue;
    const said = comparable(row.text);
    if (!chosen.some((other) => saySame(other.said, said))) chosen.push({ row, score, said });
  }
  return chosen;
}

function nearTo(candidates: readonly FoundByVector[], query: readonly number[]): Ranking {
  const near = candidates
    .map(({ id, embedding }) => ({ id, score: dot(embedding, query) }))
    .filter(({ score }) => score >= LEAST_COSINE)
    .toSorted((a, b) => b.score - a.score);
  return { ids: near.slice(0, MOST_BY_VECTOR).map(({ id }) => id) };
}

/** The cosine, as both are of unit length. */
function dot(a: Float32Array, b: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
