import { type Ranking, fuseRankings } from '../../../core/util/rank-fusion.js';
import { sameText } from './same-text.js';

/** What a search has found, before it is ranked. */
export interface Candidate {
  id: string;
  text: string;
  createdAt: Date;
  /** How much of the query's words it holds; null where it holds none. */
  lexical: number | null;
  /** Of unit length. */
  embedding: Float32Array | null;
}

/** After so long, a memory has lost half of what age takes. */
const HALF_LIFE_MS = 60 * 24 * 3600 * 1000;
/** Age takes no more than this: what was told a year ago and fits is better than what was told today and hardly fits. */
const MOST_LOST_BY_AGE = 0.25;
/** A text that shares but a common word with the query is noise beside one that shares the rare ones. */
const LEAST_OF_BEST = 0.2;
/** Below this, texts have nothing to do with each other under any embedding model that is in use. */
const LEAST_COSINE = 0.25;
const MOST_BY_VECTOR = 20;

/** 1 for what is new, falling to what age cannot take. */
export function recency(createdAt: Date, now: Date): number {
  const age = Math.max(0, now.getTime() - createdAt.getTime());
  return 1 - MOST_LOST_BY_AGE * (1 - 2 ** (-age / HALF_LIFE_MS));
}

/** The nearest first, each with its score, nothing twice. */
export function rankMemories<Found extends Candidate>(
  candidates: readonly Found[],
  query: readonly number[] | null,
  topK: number,
  now: Date,
): { memory: Found; score: number }[] {
  const fused = fuseRankings([byWords(candidates), query === null ? { ids: [] } : byVector(candidates, query)]);
  const ranked = candidates
    .filter(({ id }) => fused.has(id))
    .map((memory) => ({ memory, score: (fused.get(memory.id) ?? 0) * recency(memory.createdAt, now) }))
    .toSorted((a, b) => b.score - a.score);
  const chosen: typeof ranked = [];
  for (const next of ranked) {
    if (chosen.length >= topK) break;
    if (!chosen.some(({ memory }) => sameText(memory.text, next.memory.text))) chosen.push(next);
  }
  return chosen;
}

function byWords(candidates: readonly Candidate[]): Ranking {
  const found = candidates
    .map(({ id, lexical }) => ({ id, score: lexical ?? 0 }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score);
  const least = (found[0]?.score ?? 0) * LEAST_OF_BEST;
  return { ids: found.filter(({ score }) => score >= least).map(({ id }) => id) };
}

function byVector(candidates: readonly Candidate[], query: readonly number[]): Ranking {
  const near = candidates
    .map(({ id, embedding }) => ({ id, score: embedding === null ? -1 : dot(embedding, query) }))
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
