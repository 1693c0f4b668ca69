import { FRAME_MS, HEARD_RATE, SPOKEN_RATE } from '../../../core/domain/audio.js';
import { Resampler } from '../../../core/util/resampler.js';
import { HEARD_FRAME_SAMPLES } from './ear.js';
import { Framer } from './framer.js';

/** What waits before somebody is passed on, so that the next piece may come a little late: 60 ms. */
const ENOUGH_FRAMES = 3;
/** Of somebody who sends faster than they speak the oldest is let go: half a second is late enough. */
const MOST_FRAMES = 25;
/** What has waited for nothing so long, frame by frame, is let go as well: a burst must not delay all that follows it. */
const LOOK_FRAMES = 50;
/** A process that was busy for longer does not catch up: 200 ms. */
const MOST_DUE = 10;
/** No sample of silence is louder, of 32768: nothing is sent for it. */
const SILENCE = 64;
const SPOKEN_FRAME_SAMPLES = (SPOKEN_RATE / 1000) * FRAME_MS;

interface Speaker {
  waiting: Int16Array[];
  isFlowing: boolean;
  /** The fewest that waited in this look, and how many frames of it have passed. */
  least: number;
  looked: number;
}

const isSilent = (samples: Int16Array): boolean => samples.every((sample) => sample > -SILENCE && sample < SILENCE);

function sum(frames: readonly Int16Array[]): Int16Array {
  const [first, ...others] = frames;
  if (!first || others.length === 0) return first ?? new Int16Array(HEARD_FRAME_SAMPLES);
  // An Int16Array would wrap around where two are loud at once.
  return Int16Array.from(first, (sample, at) => {
    const all = others.reduce((total, frame) => total + (frame[at] ?? 0), sample);
    return Math.max(-32_768, Math.min(32_767, all));
  });
}

/** What the people of a call say, for those who do not hear each other by themselves: to each one everybody but themselves. */
export class PeopleMix {
  private readonly speakers = new Map<string, Speaker>();
  private readonly listeners = new Map<string, (mixed: Int16Array) => void>();
  private readonly relays = new Map<string, (samples: Int16Array) => void>();
  private dueAt: number | undefined;

  /** @param send takes 20 ms at 24 kHz, while somebody says something. */
  listen(personId: string, send: (samples: Int16Array) => void): void {
    const resampler = new Resampler(HEARD_RATE, SPOKEN_RATE);
    const framer = new Framer(SPOKEN_FRAME_SAMPLES, send);
    this.listeners.set(personId, (mixed) => framer.push(resampler.push(mixed)));
  }

  /** @param send takes what this person says, 20 ms at 16 kHz, at the pace of speech. */
  relay(personId: string, send: (samples: Int16Array) => void): void {
    this.relays.set(personId, send);
  }

  leave(personId: string): void {
    this.speakers.delete(personId);
    this.listeners.delete(personId);
    this.relays.delete(personId);
  }

  /** 20 ms at 16 kHz; dropped where nobody is there to hear it. */
  push(personId: string, samples: Int16Array): void {
    if (!this.isWanted(personId)) return;
    const speaker = this.speakers.get(personId) ?? { waiting: [], isFlowing: false, least: MOST_FRAMES, looked: 0 };
    this.speakers.set(personId, speaker);
    speaker.waiting.push(samples);
    if (speaker.waiting.length > MOST_FRAMES) speaker.waiting.shift();
  }

  /**
   * Lets out what is due; to be called about every 20 ms.
   * @param now milliseconds, monotonic.
   */
  tick(now: number): void {
    this.dueAt ??= now;
    if (now - this.dueAt > MOST_DUE * FRAME_MS) this.dueAt = now;
    for (; this.dueAt <= now; this.dueAt += FRAME_MS) this.letOut();
  }

  private letOut(): void {
    const said = new Map<string, Int16Array>();
    for (const [personId, speaker] of this.speakers) {
      const samples = next(speaker);
      if (samples && !isSilent(samples)) said.set(personId, samples);
    }
    if (said.size === 0) return;
    for (const [personId, samples] of said) this.relays.get(personId)?.(samples);
    for (const [personId, hear] of this.listeners) {
      const others = [...said].flatMap(([speakerId, samples]) => (speakerId === personId ? [] : [samples]));
      if (others.length > 0) hear(sum(others));
    }
  }

  private isWanted(personId: string): boolean {
    const listeners = this.listeners.size - (this.listeners.has(personId) ? 1 : 0);
    return listeners > 0 || this.relays.has(personId);
  }
}

function next(speaker: Speaker): Int16Array | undefined {
  speaker.isFlowing = speaker.isFlowing ? speaker.waiting.length > 0 : speaker.waiting.length >= ENOUGH_FRAMES;
  if (!speaker.isFlowing) return undefined;
  catchUp(speaker);
  return speaker.waiting.shift();
}

function catchUp(speaker: Speaker): void {
  const { waiting } = speaker;
  speaker.least = Math.min(speaker.least, waiting.length);
  speaker.looked += 1;
  if (speaker.looked < LOOK_FRAMES) return;
  waiting.splice(0, speaker.least - ENOUGH_FRAMES);
  speaker.least = MOST_FRAMES;
  speaker.looked = 0;
}
