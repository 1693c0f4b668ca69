import { FRAME_MS, type PcmFrame } from '../../../core/domain/audio.js';

/** What was heard and waits for its one reader; of too much the oldest is forgotten. */
export class HeardFrames implements AsyncIterable<PcmFrame> {
  private frames: PcmFrame[] = [];
  private ended = false;
  private wake: (() => void) | undefined;
  /** Whether the reader has dealt with all that it was given. */
  private isIdle = false;
  private waiters: (() => void)[] = [];
  private readonly most: number;

  /** @param longestMs of sound that may wait. */
  constructor(longestMs: number) {
    this.most = Math.ceil(longestMs / FRAME_MS);
  }

  push(frame: PcmFrame): void {
    if (this.ended) return;
    this.frames.push(frame);
    if (this.frames.length > this.most) this.frames.shift();
    this.wake?.();
  }

  forget(speakerId: string): void {
    this.frames = this.frames.filter((frame) => frame.speakerId !== speakerId);
  }

  /** What was pushed before is still read. */
  end(): void {
    this.ended = true;
    this.wake?.();
    this.settle();
  }

  /** Resolves when the reader has dealt with all that is here now, or no more is read. */
  drained(): Promise<void> {
    if (this.ended || (this.isIdle && this.frames.length === 0)) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncIterator<PcmFrame> {
    for (;;) {
      const frame = this.frames.shift();
      if (frame) yield frame;
      else if (this.ended) return;
      else await this.wait();
    }
  }

  private async wait(): Promise<void> {
    this.isIdle = true;
    this.settle();
    await new Promise<void>((resolve) => (this.wake = resolve));
    this.isIdle = false;
  }

  private settle(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
