import { dateOf, type JsonRecord, numberOf, recordOf, recordsOf, textOf } from '../../lenient.js';
import type { Memory } from '../memory.port.js';

/** What we keep beside a memory, to know where it came from, and a turn that was added twice. */
export const TURN_MARK = 'cozy_turn_id';
export const MESSAGE_MARK = 'cozy_message_id';
export const PERSONALITY_MARK = 'cozy_personality_id';

/** A list, bare or under `results`; undefined where the answer is something else. */
export function resultsOf(body: unknown): JsonRecord[] | undefined {
  const list = Array.isArray(body) ? body : recordOf(body)?.['results'];
  if (list === null) return [];
  return Array.isArray(list) ? recordsOf(list) : undefined;
}

/** Missing items are `null` here and there: what has no id or no text is no memory. */
export function memoryOf(item: JsonRecord): Memory | undefined {
  const id = textOf(item['id']);
  const text = textOf(item['memory']);
  if (id === undefined || text === undefined) return undefined;
  const metadata = recordOf(item['metadata']);
  return {
    id,
    text,
    score: numberOf(item['score']),
    createdAt: dateOf(item['created_at']),
    sessionId: textOf(item['run_id']) ?? null,
    messageId: textOf(metadata?.[MESSAGE_MARK]) ?? null,
  };
}

/** Whether an item is another user's, in case the service has not heeded the filter. */
export function isOf(userId: string, item: JsonRecord): boolean {
  const owner = textOf(item['user_id']);
  return owner === undefined || owner === userId;
}

/** The best first; a turn that was added twice has left the same text twice. */
export function withoutRepeats(memories: readonly Memory[]): Memory[] {
  const byText = new Map<string, Memory>();
  for (const memory of memories) if (!byText.has(memory.text)) byText.set(memory.text, memory);
  return [...byText.values()];
}

export const newestFirst = (memories: readonly Memory[]): Memory[] =>
  memories.toSorted((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0));
