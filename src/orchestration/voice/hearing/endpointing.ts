import { FRAME_MS } from '../../../core/domain/audio.js';
import type { Eagerness, TurnDetection } from '../voice-settings.js';

/** What a frame brought about. `frames` are an utterance's own, those from before it was known to be one included. */
export type Endpoint<Frame> =
  | { type: 'start'; frames: Frame[] }
  | { type: 'speech'; frame: Frame }
  /** @property silenceMs how long ago the last sound of speech was. */
  | { type: 'stop'; silenceMs: number };

export type EndpointSettings = Omit<TurnDetection, 'type'> & { isSemantic: boolean };

/** How long a pause the words of an eager or patient listener may have. */
const PATIENCE: Readonly<Record<Eagerness, number>> = { low: 1200, medium: 700, auto: 700, high: 400 };
/** Of it, where what was said so far is a whole sentence. */
const WHOLE_SENTENCE = 0.5;
/** What was taken for speech is so until it is clearly not. */
const HYSTERESIS = 0.15;
/** A gap within a sound that is not known yet to be speech. */
const MOST_GAP_MS = 100;

/** Finds where utterances begin and end, from how likely each 20 ms frame is to be speech. Has no clock but the frames. */
export class Endpointing<Frame> {
  private speaking = false;
  /** The last frames: what comes before speech, and what may turn out to be it. */
  private recent: Frame[] = [];
  private voicedMs = 0;
  /** Since the last voiced frame. */
  private silentMs = 0;
  private utteranceMs = 0;
  private isWhole = false;

  constructor(
    private readonly settings: EndpointSettings,
    /** Longer utterances are ended: they are answered in pieces. */
    private readonly maxUtteranceMs: number,
  ) {}

  get isSpeaking(): boolean {
    return this.speaking;
  }

  push(frame: Frame, probability: number): Endpoint<Frame> | null {
    return this.speaking ? this.goOn(frame, probability) : this.wait(frame, probability);
  }

  /** What was said so far reads like a whole sentence, or no longer does. */
  noteWhole(isWhole: boolean): void {
    this.isWhole = isWhole;
  }

  /** Ends an utterance that goes on: its speaker has left, or has stopped sending. */
  stop(): Endpoint<Frame> | null {
    if (!this.speaking) return null;
    return this.end();
  }

  private wait(frame: Frame, probability: number): Endpoint<Frame> | null {
    this.recent.push(frame);
    if (probability >= this.settings.threshold) {
      this.voicedMs += FRAME_MS;
      this.silentMs = 0;
    } else {
      this.silentMs += FRAME_MS;
      if (this.silentMs > MOST_GAP_MS) this.voicedMs = 0;
    }
    if (this.voicedMs > 0 && this.voicedMs >= this.settings.minSpeechMs) return this.begin();
    // Only what comes before a sound is let go.
    const kept = this.settings.prefixMs + (this.voicedMs === 0 ? 0 : this.settings.minSpeechMs * 2);
    while (this.recent.length * FRAME_MS > kept) this.recent.shift();
    return null;
  }

  private begin(): Endpoint<Frame> {
    const frames = this.recent;
    this.recent = [];
    this.speaking = true;
    this.silentMs = 0;
    this.isWhole = false;
    this.utteranceMs = frames.length * FRAME_MS;
    return { type: 'start', frames };
  }

  private goOn(frame: Frame, probability: number): Endpoint<Frame> {
    this.utteranceMs += FRAME_MS;
    const isVoiced = probability >= this.settings.threshold - HYSTERESIS;
    this.silentMs = isVoiced ? 0 : this.silentMs + FRAME_MS;
    if (this.silentMs >= this.patienceMs || this.utteranceMs >= this.maxUtteranceMs) return this.end();
    return { type: 'speech', frame };
  }

  private end(): Endpoint<Frame> {
    const { silentMs } = this;
    this.speaking = false;
    this.recent = [];
    this.voicedMs = 0;
    this.silentMs = 0;
    return { type: 'stop', silenceMs: silentMs };
  }

  private get patienceMs(): number {
    const { isSemantic, eagerness, silenceMs } = this.settings;
    if (!isSemantic) return Math.max(FRAME_MS, silenceMs);
    return PATIENCE[eagerness] * (this.isWhole ? WHOLE_SENTENCE : 1);
  }
}
