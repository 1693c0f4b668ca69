import { storableText } from '../../../core/util/storable.js';
import { type Extraction, type ExtractionModel, extractByModel } from '../../model-extraction.js';
import type { MemoryTurn } from '../memory.port.js';
import { conversationOf } from './conversation.js';
import type { MemoryStatement } from './memory-statement.js';

const MAX_FACT = 500;

const EXTRACTION: Extraction<{ text: string }> = {
  name: 'memories',
  instruction:
    'You keep the long-term memory of a companion. Find in the transcript what will still be worth knowing about the ' +
    'user in weeks: facts, plans, events, people, preferences. Put each into one short sentence that stands alone, ' +
    'about "the user".',
  properties: { text: { type: 'string' } },
  read: ({ text }) => {
    const line = storableText(text).replaceAll(/\s+/gu, ' ').trim();
    return line === '' || line.length > MAX_FACT ? undefined : { text: line };
  },
};

/** What was said, in its own words: what is worth remembering of it by rules. */
export function verbatim(turns: readonly MemoryTurn[]): MemoryStatement[] {
  return turns.flatMap(({ userId, turnId, sessionId, messages }) =>
    conversationOf(messages).map((statement) => ({ ...statement, userId, turnId, sessionId })),
  );
}

/** What a model makes of several turns together. Throws a CozyError where it fails. */
export async function wordedByModel(
  model: ExtractionModel,
  turns: readonly MemoryTurn[],
  signal: AbortSignal,
): Promise<MemoryStatement[]> {
  const turnOf = new Map(turns.flatMap((turn) => turn.messages.map((message) => [message, turn] as const)));
  const messages = [...turnOf.keys()];
  if (!messages.some(({ role, content }) => role === 'user' && content.trim() !== '')) return [];
  const found = await extractByModel(model, messages, EXTRACTION, signal);
  return found.flatMap(({ text, source }) => {
    const turn = turnOf.get(source);
    if (turn === undefined) return [];
    const { userId, turnId, sessionId } = turn;
    const place = { userId, turnId, sessionId, messageId: source.id, createdAt: source.createdAt };
    return [{ kind: 'fact' as const, text, ...place }];
  });
}
