import { newId } from '../../src/core/util/ids.js';
import type { MemoryTurn } from '../../src/engines/memory/memory.port.js';

/** A turn in which a user said these things, each answered. */
export function turnOf(userId: string, said: string | string[], fields: Partial<MemoryTurn> = {}): MemoryTurn {
  const createdAt = new Date();
  return {
    userId,
    sessionId: newId(),
    turnId: newId(),
    personalityId: 'cozy',
    messages: [said].flat().flatMap((content) => [
      { id: newId(), role: 'user' as const, content, createdAt },
      { id: newId(), role: 'assistant' as const, content: 'I see.', createdAt },
    ]),
    ...fields,
  };
}

/** The same words said at another time. */
export const saidAt = (turn: MemoryTurn, createdAt: Date): MemoryTurn => ({
  ...turn,
  messages: turn.messages.map((message) => ({ ...message, createdAt })),
});

/** The id of what the user said in it first. */
export const firstMessageId = (turn: MemoryTurn): string | undefined => turn.messages[0]?.id;
