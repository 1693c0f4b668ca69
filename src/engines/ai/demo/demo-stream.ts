import type { FinishReason } from '../../../core/domain/chat.js';
import { countTokens } from '../../../core/util/token-estimate.js';

export interface Cut {
  pieces: string[];
  reason: FinishReason;
}

/** Words with the space before them; Chinese goes by the character. */
export function piecesOf(text: string): string[] {
  return (
    text.match(
      /\s*(?:[\p{Script=Han}\u3000-\u303f\uff00-\uffef]|[^\s\p{Script=Han}\u3000-\u303f\uff00-\uffef]+)|\s+$/gu,
    ) ?? []
  );
}

/** Ends a text before the first of the stop sequences. */
export function cutAtStop(text: string, stop: string | readonly string[] | undefined): string {
  const sequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((sequence) => sequence !== '');
  const ends = sequences.map((sequence) => text.indexOf(sequence)).filter((at) => at !== -1);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

/** As many pieces as `maxTokens` allows; never one token more by the server's own count. */
export function cutAtLimit(pieces: string[], maxTokens: number | undefined): Cut {
  if (maxTokens === undefined) return { pieces, reason: 'stop' };
  let left = maxTokens;
  const end = pieces.findIndex((piece) => (left -= countTokens(piece)) < 0);
  return end === -1 ? { pieces, reason: 'stop' } : { pieces: pieces.slice(0, end), reason: 'length' };
}
