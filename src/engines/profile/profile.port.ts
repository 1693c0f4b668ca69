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

  /** What is known, as text for a model, at most `maxTokens` long; empty where nothing is. */
  abstract get(userId: string, maxTokens: number, signal: AbortSignal): Promise<string>;
  /** Learns from a turn. A contradiction supersedes what was believed before. Idempotent on the turn's id. */
  abstract update(turn: MemoryTurn, signal: AbortSignal): Promise<void>;

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
