import { type Ranking, fuseRankings } from '../../../core/util/rank-fusion.js';

/** What a search has found, before it is ranked. */
export interface PassageCandidate {
  id: string;
  documentId: string;
  /** Among its document's pieces, from 0. */
  position: number;
  /** How much of the query's words it holds; null where it holds none. */
  lexical: number | null;
  /** Of unit length. */
  embedding: Float32Array | null;
}

/** A piece that shares but a common word with the query is noise beside one that shares the rare ones. */
const LEAST_OF_BEST = 0.3;
/** Below this, texts have nothing to do with each other under any embedding model that is in use. */
const LEAST_COSINE = 0.25;
const MOST_BY_VECTOR = 20;

/** The nearest first, each with its score between 0 and 1. */
export function rankPassages<Found extends PassageCandidate>(
  candidates: readonly Found[],
  query: readonly number[] | null,
  topK: number,
): { passage: Found; score: number }[] {
  const fused = fuseRankings([byWords(candidates), query === null ? { ids: [] } : byVector(candidates, query)]);
  return candidates
    .filter(({ id }) => fused.has(id))
    .map((passage) => ({ passage, score: fused.get(passage.id) ?? 0 }))
    .toSorted((a, b) => b.score - a.score || inOrder(a.passage, b.passage))
    .slice(0, topK);
}

function byWords(candidates: readonly PassageCandidate[]): Ranking {
  const found = candidates
    .filter(({ lexical }) => (lexical ?? 0) > 0)
    .toSorted((a, b) => (b.lexical ?? 0) - (a.lexical ?? 0) || inOrder(a, b));
  const least = (found[0]?.lexical ?? 0) * LEAST_OF_BEST;
  return { ids: found.filter(({ lexical }) => (lexical ?? 0) >= least).map(({ id }) => id) };
}

function byVector(candidates: readonly PassageCandidate[], query: readonly number[]): Ranking {
  const near = candidates
    .map(({ id, embedding }) => ({ id, score: embedding === null ? -1 : dot(embedding, query) }))
    .filter(({ score }) => score >= LEAST_COSINE)
    .toSorted((a, b) => b.score - a.score);
  return { ids: near.slice(0, MOST_BY_VECTOR).map(({ id }) => id) };
}

/** So that two searches of one thing agree: pieces that are as good as each other stand as in their document. */
const inOrder = (a: PassageCandidate, b: PassageCandidate) =>
  a.documentId === b.documentId ? a.position - b.position : a.documentId < b.documentId ? -1 : 1;

/** The cosine, as both are of unit length. */
function dot(a: Float32Array, b: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}
