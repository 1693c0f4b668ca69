import { countTokens } from '../../core/util/token-estimate.js';
import type { SaidTurn } from '../../storage/messages/turn.repository.js';

/** However much somebody talks, a model looks at it after so many times the idle time. */
const MOST_IDLE_TIMES = 4;

export interface ModelBatchLimits {
  /** Tokens of transcript that are worth a question to the model. */
  tokens: number;
  /** A user who has said nothing for so long has finished. */
  idleMs: number;
}

export interface WaitingTurn {
  turnId: string;
  /** Since it was said. */
  ageMs: number;
}

/**
 * As many of the waiting turns, oldest first, as one question to a model takes; or how long to wait for more of them.
 * @param said by turn id; a turn that is gone is not among them, and costs nothing.
 */
export function modelBatch<Turn extends WaitingTurn>(
  waiting: readonly Turn[],
  said: ReadonlyMap<string, SaidTurn>,
  limits: ModelBatchLimits,
): Turn[] | { waitMs: number } {
  const { turns, isFull } = together(waiting, said, limits.tokens);
  const quietMs = waiting.at(-1)?.ageMs ?? Infinity;
  const oldestMs = waiting[0]?.ageMs ?? Infinity;
  const isDue = quietMs >= limits.idleMs || oldestMs >= limits.idleMs * MOST_IDLE_TIMES;
  return isFull || isDue ? turns : { waitMs: limits.idleMs - quietMs };
}

/** Turns of one personality: each may have a model of its own. */
function together<Turn extends WaitingTurn>(
  waiting: readonly Turn[],
  said: ReadonlyMap<string, SaidTurn>,
  mostTokens: number,
): { turns: Turn[]; isFull: boolean } {
  const turns: Turn[] = [];
  let personalityId: string | undefined;
  let tokens = 0;
  for (const turn of waiting) {
    const words = said.get(turn.turnId);
    personalityId ??= words?.personalityId;
    if (words && words.personalityId !== personalityId) return { turns, isFull: true };
    turns.push(turn);
    tokens += tokensOf(words);
    if (tokens >= mostTokens) return { turns, isFull: true };
  }
  return { turns, isFull: false };
}

const tokensOf = (turn: SaidTurn | undefined): number =>
  (turn?.messages ?? []).reduce((sum, { content }) => sum + countTokens(content), 0);
