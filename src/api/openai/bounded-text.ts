import type { ChatMessage } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';

/** Characters of text in one message, and in one call's arguments. Bodies may be larger, for pictures' sake. */
export const MAX_TEXT = 1_048_576;

/** Throws VALIDATION_FAILED where that is more than a message takes. */
function requireFitting(characters: number, param: string): void {
  if (characters <= MAX_TEXT) return;
  throw new CozyError('VALIDATION_FAILED', {
    message: `${param} holds ${characters} characters of text, and may hold ${MAX_TEXT}. Send it in several messages, or shorten it.`,
    param,
  });
}

export function boundedText(text: string, param: string): string {
  requireFitting(text.length, param);
  return text;
}

/** Its texts together; pictures and sound do not count. */
export function boundedContent<Content extends ChatMessage['content']>(content: Content, param: string): Content {
  if (typeof content === 'string') requireFitting(content.length, param);
  else if (content) {
    const texts = content.map(({ text }) => (typeof text === 'string' ? text.length : 0));
    requireFitting(
      texts.reduce((sum, length) => sum + length, 0),
      param,
    );
  }
  return content;
}
