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

  /** Not a generator, which makes several promises a frame: frames come fifty times a second from each caller. */
  [Symbol.asyncIterator](): AsyncIterator<PcmFrame, undefined> {
    return { next: () => this.next() };
  }

  private next(): Promise<IteratorResult<PcmFrame, undefined>> {
    return new Promise((resolve) => {
      this.wake = () => {
        const value = this.frames.shift();
        this.isIdle = value === undefined && !this.ended;
        if (this.isIdle) {
          this.settle();
          return;
        }
        this.wake = undefined;
        resolve(value === undefined ? { done: true, value } : { done: false, value });
      };
      this.wake();
    });
  }

  private settle(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
