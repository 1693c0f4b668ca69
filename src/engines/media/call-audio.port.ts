import type { PcmFrame } from '../../core/domain/audio.js';

/** A 20 ms frame that leaves for the caller. */
export interface SpokenFrame {
  turnId: string;
  /** Counts the frames of its turn from 0. */
  seq: number;
  /** Mono PCM16, 24 kHz; the last one of a turn is filled up with silence. */
  samples: Int16Array;
}

/**
 * The companion's ears and mouth in one call, whatever carries the sound. Frames leave paced, at most 60 ms ahead of real
 * time, so that an interruption has little to take back. One turn plays at a time.
 */
export abstract class CallAudio {
  /** What the callers say: 16 kHz, 20 ms each, in order, losses concealed. For one reader; ends when the call does. */
  abstract readonly heard: AsyncIterable<PcmFrame>;

  /**
   * Puts speech of a turn (mono PCM16, 24 kHz, any length) behind what waits already; it is kept, not copied. Resolves when little enough waits
   * for more to be given; rejects with the signal's reason. Of a turn that was flushed it is dropped.
   */
  abstract play(turnId: string, samples: Int16Array, signal: AbortSignal): Promise<void>;
  /** Nothing more will be given for the turn. Resolves when all of it has left, or was flushed. */
  abstract finish(turnId: string, signal: AbortSignal): Promise<void>;
  /** Stops frames from leaving and keeps what waits: it may have been a false alarm. */
  abstract pause(): void;
  /** Goes on where it was paused. */
  abstract resume(): void;
  /** Drops what waits of the turn, for good. Milliseconds of it that have left. */
  abstract flush(turnId: string): number;
  /** Milliseconds of the turn that have left. */
  abstract playedMs(turnId: string): number;
  /** Idempotent. */
  abstract close(): Promise<void>;
}
