import type { EngineHealth } from '../engine-health.js';

export type SpeechFormat = 'mp3' | 'opus' | 'aac' | 'flac' | 'wav' | 'pcm';

export interface SpeechRequest {
  text: string;
  /** `pcm` is mono PCM16, little-endian, 24 kHz, without a header. */
  format: SpeechFormat;
  model?: string;
  voice?: string;
  /** 0.25 to 4; 1 where absent. */
  speed?: number;
  /** How to say it, for models that take it. */
  instructions?: string;
}

/** Text to speech. Throws a CozyError of the ENGINE_* family; where its signal has aborted, the reason. */
export abstract class TtsEngine {
  abstract readonly apiVersion: number;
  abstract readonly provider: string;
  /** The sound as it is made, in pieces of any size; a piece of `pcm` may end within a sample. */
  abstract speak(request: SpeechRequest, signal: AbortSignal): AsyncIterable<Uint8Array>;
  abstract health(signal: AbortSignal): Promise<EngineHealth>;
  abstract close(): Promise<void>;
}
