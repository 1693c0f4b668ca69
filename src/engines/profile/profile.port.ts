import type { ExtractionWish } from '../../core/domain/write-back.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { EngineHealth } from '../engine-health.js';
import type { MemoryTurn } from '../memory/memory.port.js';

/** One thing that is known of a user. */
export interface ProfileFact {
  id: string;
  /** What kind of thing: `name`, `home`, `likes`, `family.sister` … */
  key: string;
  value: string;
  /** Since when it is believed. */
  since: Date;
  /** The message it came from; null where the user has set it by hand. */
  messageId: string | null;
}

/**
 * Knows who users are. Safe for concurrent use. Every method throws a CozyError: of the ENGINE_* family, or
 * STORAGE_UNAVAILABLE where the engine lives in this server's own database; where its signal has aborted, the reason.
 */
export abstract class ProfileEngine {
  abstract readonly apiVersion: number;
  /** `builtin`, `memobase`. */
  abstract readonly provider: string;
  abstract readonly isRemote: boolean;
  /** How many turns are best learned from at once. */
  abstract readonly batchSize: number;
  /** Whether `updateAll` takes turns of several users at once, each one's in order; only where it is not remote. */
  readonly mixesUsers: boolean = false;

  /** What is known, as text for a model, at most `maxTokens` long; empty where nothing is. */
  abstract get(userId: string, maxTokens: number, signal: AbortSignal): Promise<string>;
  /**
   * Learns from turns of one user, or of several where `mixesUsers`, oldest first: all of them or, where it throws, any
   * number, to be given again. A contradiction supersedes what was believed before. Idempotent on the turns' ids, where
   * the engine can tell.
   */
  abstract updateAll(turns: readonly MemoryTurn[], signal: AbortSignal): Promise<void>;
  /** Whether a model is to look again at what turns said; never where the engine has a model of its own. */
  refines(_wish: ExtractionWish): boolean {
    return false;
  }
  /** Has a model look again at turns of one user, oldest first, that were learned from before. All of them or none. */
  refineAll(_turns: readonly MemoryTurn[], _wish: ExtractionWish, _signal: AbortSignal): Promise<void> {
    return Promise.reject(new CozyError('ENGINE_UNSUPPORTED'));
  }

  /** What is believed now, what matters most first. */
  abstract facts(userId: string, signal: AbortSignal): Promise<ProfileFact[]>;
  /** Corrects or adds a fact by hand. */
  abstract setFact(userId: string, key: string, value: string, signal: AbortSignal): Promise<ProfileFact>;
  /** Forgets a fact and what was believed before it; false where the user has no such fact. */
  abstract removeFact(userId: string, id: string, signal: AbortSignal): Promise<boolean>;
  /** What was learned from one session, also from turns of it that are still being learned, where the engine can tell. */
  abstract removeSession(userId: string, sessionId: string, signal: AbortSignal): Promise<void>;
  /** All of a user's, and what was said until now is not learned later either, where the engine can tell. */
  abstract removeAll(userId: string, signal: AbortSignal): Promise<void>;

  abstract health(signal: AbortSignal): Promise<EngineHealth>;
  abstract close(): Promise<void>;
}
