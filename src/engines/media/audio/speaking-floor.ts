import { FRAME_MS } from '../../../core/domain/audio.js';

/** How long whoever speaks may be silent before somebody else is heard instead. */
const HOLD_MS = 400;
/** Root mean square of PCM16 under which a frame holds no speech: about -45 dB of full scale. */
const QUIET = 180;

function loudness(samples: Int16Array): number {
  let sum = 0;
  // By index: an iterator takes several times as long, and this is done for each frame of everybody.
  for (let at = 0; at < samples.length; at++) sum += (samples[at] ?? 0) ** 2;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

/**
 * Who of a room is heard: one at a time, as one listener can follow one. The floor is kept while its holder speaks, and
 * somebody else takes it with the first loud frame after that, so that no first syllable is lost.
 */
export class SpeakingFloor {
  private holder: string | null = null;
  private quietMs = 0;

  /** Who speaks loud enough to be heard; null when nobody does, a pause between words aside. */
  get speaker(): string | null {
    return this.quietMs < HOLD_MS ? this.holder : null;
  }

  /** Whether this frame is to be heard; each speaker's frames come every 20 ms. */
  admits(speakerId: string, samples: Int16Array, alone: boolean): boolean {
    const loud = loudness(samples) >= QUIET;
    if (this.holder === null || (alone && speakerId !== this.holder)) {
      this.take(speakerId, loud);
      return true;
    }
    if (speakerId === this.holder) {
      this.quietMs = loud ? 0 : this.quietMs + FRAME_MS;
      return true;
    }
    if (!loud || this.quietMs < HOLD_MS) return false;
    this.take(speakerId, loud);
    return true;
  }

  leave(speakerId: string): void {
    if (this.holder === speakerId) this.holder = null;
  }

  /** Who takes it without a sound may lose it at once. */
  private take(speakerId: string, loud: boolean): void {
    this.holder = speakerId;
    this.quietMs = loud ? 0 : HOLD_MS;
  }
}
