import { conversationsOf } from './recall-conversations.js';
import type { ReadMemory } from './recall-reading.js';

/** What of a score those before and after get, by distance: answers follow questions, and are understood by them. */
const TO_AFTER = [0.4, 0.2];
const TO_BEFORE = [0.15, 0.1];
const TO_ANSWER = 0.7;
/** Of what the question names and a memory lacks, what is said around it counts so much. */
const AROUND_SHARE = 0.2;
const AROUND = 10;

/**
 * What each memory has of the query's groups, with what its conversation adds. `own` has a score a group, or null where a
 * memory has none of them.
 */
export function withContext(
  memories: readonly ReadMemory[],
  own: readonly (Float64Array | null)[],
  groups: number,
): number[] {
  const scores = own.map((ofGroups) => ofGroups?.reduce((sum, score) => sum + score, 0) ?? 0);
  const shared = [...scores];
  const give = (to: number | undefined, score: number) => {
    if (to !== undefined) shared[to] = (shared[to] ?? 0) + score;
  };
  for (const conversation of conversationsOf(memories)) {
    if (conversation.length === 1) continue;
    conversation.forEach((place, at) => {
      const score = scores[place] ?? 0;
      if (score === 0) return;
      const isAsked = memories[place]?.endsAsking === true;
      TO_AFTER.forEach((share, distance) => {
        give(conversation[at + distance + 1], (isAsked && distance === 0 ? TO_ANSWER : share) * score);
      });
      TO_BEFORE.forEach((share, distance) => give(conversation[at - distance - 1], share * score));
    });
    for (const [at, best] of bestAround(conversation, own, groups)) {
      const place = conversation[at] ?? 0;
      if ((shared[place] ?? 0) > 0) give(place, AROUND_SHARE * lackOf(own[place] ?? null, best));
    }
  }
  return shared;
}

/** By place in a conversation, the best of each group that is said at most so far from it. */
function bestAround(
  conversation: readonly number[],
  own: readonly (Float64Array | null)[],
  groups: number,
): Map<number, Float64Array> {
  const around = new Map<number, Float64Array>();
  conversation.forEach((place, at) => {
    const ofGroups = own[place] ?? null;
    if (ofGroups === null) return;
    const last = Math.min(conversation.length - 1, at + AROUND);
    for (let to = Math.max(0, at - AROUND); to <= last; to += 1) {
      let best = around.get(to);
      if (best === undefined) around.set(to, (best = new Float64Array(groups)));
      for (let group = 0; group < groups; group += 1) {
        best[group] = Math.max(best[group] ?? 0, ofGroups[group] ?? 0);
      }
    }
  });
  return around;
}

const lackOf = (own: Float64Array | null, best: Float64Array) =>
  best.reduce((sum, score, group) => sum + Math.max(0, score - (own?.[group] ?? 0)), 0);
