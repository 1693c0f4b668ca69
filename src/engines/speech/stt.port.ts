import type { PcmFrame } from '../../core/domain/audio.js';
import type { EngineHealth } from '../engine-health.js';

export interface SttOptions {
  /** The provider's own where absent. */
  model?: string;
  /** ISO 639-1, e.g. `en`. */
  language?: string;
  /** Names and words that are likely to come. */
  prompt?: string;
  temperature?: number;
  /** Whether the times of the words matter: some providers have another, slower model for that. */
  timed?: boolean;
}

/** A recording as a file. */
export interface SttRecording {
  bytes: Uint8Array;
  /** By content, not by name: `wav`, `mp3`, `webm` … */
  format: string;
}

export interface TranscriptSegment {
  text: string;
  startSeconds: number;
  endSeconds: number;
}

export interface Transcript {
  text: string;
  language: string | null;
  durationSeconds: number | null;
  /** Empty where the provider gives none. */
  segments: TranscriptSegment[];
}

/** `partial` replaces the partial before it; `final` ends the stream. */
export type SttEvent = { type: 'partial'; text: string } | { type: 'final'; transcript: Transcript };

/** Speech to text. Throws a CozyError of the ENGINE_* family; where its signal has aborted, the reason. */
export abstract class SttEngine {
  abstract readonly apiVersion: number;
  abstract readonly provider: string;
  abstract transcribe(recording: SttRecording, options: SttOptions, signal: AbortSignal): Promise<Transcript>;

  /** As `transcribe`, with partials where the provider streams them. */
  async *follow(recording: SttRecording, options: SttOptions, signal: AbortSignal): AsyncIterable<SttEvent> {
    yield { type: 'final', transcript: await this.transcribe(recording, options, signal) };
  }

  /** One utterance: ends with `final` after `speech` has ended. Partials come where the provider streams them. */
  abstract stream(speech: AsyncIterable<PcmFrame>, options: SttOptions, signal: AbortSignal): AsyncIterable<SttEvent>;
  abstract health(signal: AbortSignal): Promise<EngineHealth>;
  abstract close(): Promise<void>;
}
