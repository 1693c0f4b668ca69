import type { PcmFrame } from '../../../core/domain/audio.js';
import { CallAudio, type SpokenFrame } from '../call-audio.port.js';
import type { FrameClock } from './frame-clock.js';
import { HeardFrames } from './heard-frames.js';
import { Playout } from './playout.js';

export interface PacedCallAudioOptions {
  clock: FrameClock;
  /** Sends a frame to the caller; false when it was dropped. What it throws is told to `onFault`, and the frame is lost. */
  emit: (frame: SpokenFrame) => boolean;
  /** Milliseconds of what was heard that may wait for the reader. */
  longestHeardMs: number;
  onFault: (error: unknown) => void;
  /** Called every 20 ms. */
  onTick?: () => void;
  /** Called once. */
  onClose?: () => void;
}

/** Ears and mouth of a call, the same for every transport: what is heard waits for its reader, what is said leaves paced. */
export class PacedCallAudio extends CallAudio {
  private readonly frames: HeardFrames;
  private readonly playout: Playout;
  private readonly stopTicking: () => void;
  private closed = false;

  constructor(private readonly options: PacedCallAudioOptions) {
    super();
    const { clock, longestHeardMs, onTick } = options;
    this.frames = new HeardFrames(longestHeardMs);
    this.playout = new Playout({ now: clock.now, emit: (frame) => this.send(frame) });
    this.stopTicking = clock.every20ms(() => {
      this.playout.tick();
      onTick?.();
    });
  }

  get heard(): AsyncIterable<PcmFrame> {
    return this.frames;
  }

  hear(frame: PcmFrame): void {
    this.frames.push(frame);
  }

  /** Forgets what was heard of somebody and not yet read. */
  forget(speakerId: string): void {
    this.frames.forget(speakerId);
  }

  async play(turnId: string, samples: Int16Array, signal: AbortSignal): Promise<void> {
    await this.playout.play(turnId, samples, signal);
  }

  async finish(turnId: string, signal: AbortSignal): Promise<void> {
    await this.playout.finish(turnId, signal);
  }

  pause(): void {
    this.playout.pause();
  }

  resume(): void {
    this.playout.resume();
  }

  flush(turnId: string): number {
    return this.playout.flush(turnId);
  }

  playedMs(turnId: string): number {
    return this.playout.playedMs(turnId);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.stopTicking();
    this.playout.close();
    this.frames.end();
    this.options.onClose?.();
  }

  /** It runs on a timer, where nobody catches: one call's fault must not end the others with the process. */
  private send(frame: SpokenFrame): boolean {
    try {
      return this.options.emit(frame);
    } catch (error) {
      this.options.onFault(error);
      return false;
    }
  }
}
