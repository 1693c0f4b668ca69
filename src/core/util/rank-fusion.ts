/** Small, as the lists are short: with the usual 60 the first of forty would hardly count more than the last. */
const RANK_CONSTANT = 10;

/** One way to rank, the best first; `weight` 1 unless it is trusted less. */
export interface Ranking {
  ids: readonly string[];
  weight?: number;
}

/**
 * Reciprocal rank fusion: what several rankings put high is high. It needs no common scale of their scores.
 * Between 0 and 1: 1 is the first of every ranking.
 */
export function fuseRankings(rankings: readonly Ranking[]): Map<string, number> {
  const filled = rankings.filter(({ ids }) => ids.length > 0);
  const total = filled.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const scores = new Map<string, number>();
  for (const { ids, weight = 1 } of filled) {
    ids.forEach((id, at) => {
      scores.set(id, (scores.get(id) ?? 0) + (weight / total) * ((RANK_CONSTANT + 1) / (RANK_CONSTANT + at + 1)));
    });
  }
  return scores;
}
