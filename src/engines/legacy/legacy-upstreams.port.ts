/** Who asks, as far as an earlier server may be told. */
export interface LegacyCaller {
  user_id: string;
  username: string;
  email: string;
  role: string;
  request_id: string;
}

export interface LegacyAnswer {
  /** As the server named it: `text/event-stream` or JSON. */
  contentType: string;
  /**
   * As they come, unchanged. Ends with a CozyError where the server breaks off or falls silent; with the signal's reason
   * where the caller left.
   */
  bytes: AsyncIterable<Uint8Array>;
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
  /** Idempotent. */
  abstract close(): void;
}
