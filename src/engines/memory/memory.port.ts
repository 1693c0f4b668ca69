import type { EngineHealth } from '../engine-health.js';

/** Something that is remembered of a user. */
export interface Memory {
  id: string;
  text: string;
  /** Higher is nearer to the query; comparable within one answer only. Null where nothing was searched for. */
  score: number | null;
  createdAt: Date | null;
  /** Where it was said; null where the engine does not know. */
  sessionId: string | null;
  messageId: string | null;
}

export interface MemoryScope {
  userId: string;
  sessionId: string | null;
}

/** What one turn said, to be remembered. */
export interface MemoryTurn extends MemoryScope {
  /** Adding the same turn again changes nothing, where the engine can tell; it is marked with this id. */
  turnId: string;
  personalityId: string;
  messages: readonly MemoryMessage[];
}

export interface MemoryMessage {
  id: string;
  role: 'user' | 'assistant';
  content: string;
  createdAt: Date;
}

export interface MemoryPage {
  items: Memory[];
  nextCursor: string | null;
  /** The engine may remember more than it can list. */
  mayMiss?: true;
}

/**
 * Remembers what users said. Safe for concurrent use. Every method throws a CozyError: of the ENGINE_* family, or
 * STORAGE_UNAVAILABLE where the engine lives in this server's own database; where its signal has aborted, the reason.
 */
export abstract class MemoryEngine {
  abstract readonly apiVersion: number;
  /** `builtin`, `mem0`: how metrics and the health page call it. */
  abstract readonly provider: string;
  /** Whether answers come over a network: then they are cached, and asked for under a breaker. */
  abstract readonly isRemote: boolean;

  /** The nearest first, at most `topK`. */
  abstract search(query: string, scope: MemoryScope, topK: number, signal: AbortSignal): Promise<Memory[]>;
  abstract add(turn: MemoryTurn, signal: AbortSignal): Promise<void>;
  /** Newest first; `cursor` is the `nextCursor` of the page before. */
  abstract list(userId: string, limit: number, cursor: string | null, signal: AbortSignal): Promise<MemoryPage>;
  /** Keeps a text as the user gave it; one that says the same as a kept one is kept once. */
  abstract remember(userId: string, text: string, signal: AbortSignal): Promise<Memory>;
  /** False where the user has no such memory. Gone from search at once. */
  abstract remove(userId: string, id: string, signal: AbortSignal): Promise<boolean>;
  /** What was learned from one session, also from turns of it that are still being learned, where the engine can tell. */
  abstract removeSession(userId: string, sessionId: string, signal: AbortSignal): Promise<void>;
  /** All of a user's, and what was said until now is not learned later either, where the engine can tell. */
  abstract removeAll(userId: string, signal: AbortSignal): Promise<void>;

  abstract health(signal: AbortSignal): Promise<EngineHealth>;
  /** Idempotent. */
  abstract close(): Promise<void>;
}
