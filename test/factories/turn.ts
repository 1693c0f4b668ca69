import { newId } from '../../src/core/util/ids.js';
import type { MemoryTurn } from '../../src/engines/memory/memory.port.js';

/** A turn in which the user says one thing and is answered. */
export function turnOf(said: string, more: Partial<MemoryTurn> = {}): MemoryTurn {
  return {
    userId: newId(),
    sessionId: newId(),
    turnId: newId(),
    personalityId: 'cozy',
    messages: [
      { id: newId(), role: 'user', content: said, createdAt: new Date('2026-01-02T03:04:05Z') },
      { id: newId(), role: 'assistant', content: 'I see.', createdAt: new Date('2026-01-02T03:04:06Z') },
    ],
    ...more,
  };
}
