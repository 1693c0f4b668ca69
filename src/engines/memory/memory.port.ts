import type { ExtractionWish } from '../../core/domain/write-back.js';
import { CozyError } from '../../core/errors/cozy.error.js';
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
  /** Whose words they are; undefined where the engine does not know. */
  saidBy?: 'user' | 'companion';
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

export interface MemoryPageOptions {
  /** Also what was asked and replied, where the engine keeps it: it is found, but is not about the user. */
  withConversation?: boolean;
}

/** Where a text that is kept comes from, so far as the engine can tell. */
export interface MemoryOrigin {
  /** When it was said, where that was elsewhere before; else now. */
  createdAt?: Date;
  /** The session and the stored turn that it was kept in. */
  sessionId?: string | null;
  turnId?: string | null;
}

/**
 * Remembers what users said. Safe for concurrent use. Every method throws a CozyError: of the ENGINE_* family,
 * STORAGE_UNAVAILABLE where the engine lives in this server's own database, or VALIDATION_FAILED for a cursor that it has
 * not given; where its signal has aborted, the reason.
 */
export abstract class MemoryEngine {
  abstract readonly apiVersion: number;
  /** `builtin`, `mem0`: how metrics and the health page call it. */
  abstract readonly provider: string;
  /** Whether answers come over a network: then they are cached, and asked for under a breaker. */
  abstract readonly isRemote: boolean;
  /** How many turns are best learned from at once. */
  abstract readonly batchSize: number;
  /** Whether `addAll` takes turns of several users at once, each one's in order; only where it is not remote. */
  readonly mixesUsers: boolean = false;

  /** The nearest first, at most `topK`. */
  abstract search(query: string, scope: MemoryScope, topK: number, signal: AbortSignal): Promise<Memory[]>;
  /**
   * Learns from turns of one user, or of several where `mixesUsers`, oldest first: all of them or, where it throws, any
   * number, to be given again. Found at once where the engine is built in.
   */
  abstract addAll(turns: readonly MemoryTurn[], signal: AbortSignal): Promise<void>;
  /** Whether a model is to look again at what turns said; never where the engine has a model of its own. */
  refines(_wish: ExtractionWish): boolean {
    return false;
  }
  /** Has a model look again at turns of one user, oldest first, that were added before. All of them or none. */
  refineAll(_turns: readonly MemoryTurn[], _wish: ExtractionWish, _signal: AbortSignal): Promise<void> {
    return Promise.reject(new CozyError('ENGINE_UNSUPPORTED'));
  }
  /** Newest first; `cursor` is the `nextCursor` of the page before. */
  abstract list(
    userId: string,
    limit: number,
    cursor: string | null,
    signal: AbortSignal,
    options?: MemoryPageOptions,
  ): Promise<MemoryPage>;
  /** Keeps a text as the user gave it; one that says the same as a kept one is kept once. */
  abstract remember(userId: string, text: string, signal: AbortSignal, origin?: MemoryOrigin): Promise<Memory>;
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
