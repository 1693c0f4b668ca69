import { FRAME_MS, type PcmFrame } from '../../../core/domain/audio.js';

/** What was heard and waits for its one reader; of too much the oldest is forgotten. */
export class HeardFrames implements AsyncIterable<PcmFrame> {
  private frames: PcmFrame[] = [];
  private ended = false;
  private wake: (() => void) | undefined;
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
  }

  async *[Symbol.asyncIterator](): AsyncIterator<PcmFrame> {
    for (;;) {
      const frame = this.frames.shift();
      if (frame) yield frame;
      else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
