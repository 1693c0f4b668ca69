import type { CozyError } from '../../../core/errors/cozy.error.js';
import type { AiEngine } from '../ai.port.js';

/** Who asks, as far as an earlier server may be told. */
export interface LegacyCaller {
  user_id: string;
  username: string;
  email: string;
  role: string;
  request_id: string;
}

/** How an answer stands, or ended. */
export interface LegacyStanding {
  /** A failure told under status 200, or an end before the answer was whole. */
  error: CozyError | undefined;
  isWhole: boolean;
  /** Whether the first piece of an answer in pieces has come; never of one in JSON. */
  hasBegun: boolean;
}

export interface LegacyAnswer {
  /** As the server named it: `text/event-stream` or JSON. */
  contentType: string;
  /**
   * As they come, unchanged. Ends with a CozyError where the server breaks off or falls silent; with the signal's reason
   * where the caller left.
   */
  bytes: AsyncIterable<Uint8Array>;
  /** By the bytes that were handed on so far. */
  standing: () => LegacyStanding;
}

/** The CozyChat servers of `canary.yaml`. */
export abstract class LegacyUpstreams {
  abstract readonly names: readonly string[];
  /** Whether the user has an account there, as far as the configuration says. */
  abstract knows(name: string, userId: string): boolean;
  /**
   * Sends a chat request, in the name of its caller. Resolves when the answer begins; throws a CozyError where there is
   * none, or where it is an error.
   *
   * @param body the request's JSON as the caller sent it.
   */
  abstract ask(name: string, caller: LegacyCaller, body: object, signal: AbortSignal): Promise<LegacyAnswer>;
  /** The server as the model of one turn of this caller's, for protocols that it does not speak. */
  abstract modelFor(name: string, caller: LegacyCaller): AiEngine;
  /** Idempotent. */
  abstract close(): void;
}
