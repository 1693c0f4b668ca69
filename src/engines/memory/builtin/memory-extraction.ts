import { storableText } from '../../../core/util/storable.js';
import { type Extraction, type ExtractionModel, extractByModel } from '../../model-extraction.js';
import type { MemoryMessage, MemoryTurn } from '../memory.port.js';
import { salientText } from './salient.js';

/** Something worth remembering, and where it comes from. */
export interface MemoryStatement {
  /** `said`: in the user's own words; `fact`: as the model put it; `kept`: as the user asked. */
  kind: 'said' | 'fact' | 'kept';
  text: string;
  turnId: string | null;
  sessionId: string | null;
  messageId: string | null;
  createdAt: Date;
}

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

/** What users said, in their own words: what is worth remembering of it by rules. */
export function verbatim(turns: readonly MemoryTurn[]): MemoryStatement[] {
  return turns.flatMap((turn) =>
    turn.messages
      .filter(({ role }) => role === 'user')
      .map((message) => ({ ...placeOf(turn, message), kind: 'said' as const, text: tidy(message.content) }))
      .filter(({ text }) => text !== ''),
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
    return turn === undefined ? [] : [{ ...placeOf(turn, source), kind: 'fact' as const, text }];
  });
}

const tidy = (content: string): string => storableText(salientText(content));

const placeOf = ({ turnId, sessionId }: MemoryTurn, { id, createdAt }: MemoryMessage) => ({
  turnId,
  sessionId,
  messageId: id,
  createdAt,
});
