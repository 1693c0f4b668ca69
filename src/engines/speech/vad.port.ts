/** One call's ear for speech: it keeps state between frames, so each call has its own. */
export interface VadStream {
  /**
   * How likely it is that the frame (16 kHz, 20 ms) holds speech, 0 to 1. Frames are answered in order; no promise where
   * the answer is known at once, as it is for most frames of most calls.
   */
  probability(samples: Int16Array): Promise<number> | number;
  /** Forgets what it has heard, as at the beginning of a call. */
  reset(): void;
  close(): void;
}

/** Voice activity detection. */
export abstract class VadEngine {
  abstract readonly apiVersion: number;
  /** `silero`, `webrtc`. */
  abstract readonly provider: string;
  abstract open(): VadStream;
  abstract close(): Promise<void>;
}
