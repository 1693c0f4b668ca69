import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

const SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 120];

export const SPEECH_METRICS = [
  makeCounterProvider({
    name: 'cozy_stt_audio_seconds_total',
    help: 'Seconds of sound that were transcribed, by provider; recordings whose length nobody told are left out.',
    labelNames: ['provider'],
  }),
  makeCounterProvider({
    name: 'cozy_tts_characters_total',
    help: 'Characters that providers have spoken; repeated texts spoken from the cache are left out.',
    labelNames: ['provider'],
  }),
  makeHistogramProvider({
    name: 'cozy_speech_seconds',
    help: 'Time of speech to text (stt: the whole) and text to speech (tts_first: to the first sound, tts: the whole).',
    labelNames: ['stage', 'provider'],
    buckets: SECONDS,
  }),
];

export type SpeechStage = 'stt' | 'tts_first' | 'tts';

@Injectable()
export class SpeechMetrics {
  constructor(
    @InjectMetric('cozy_stt_audio_seconds_total') private readonly audio: Counter,
    @InjectMetric('cozy_tts_characters_total') private readonly characters: Counter,
    @InjectMetric('cozy_speech_seconds') private readonly times: Histogram,
  ) {}

  heard(provider: string, seconds: number): void {
    this.audio.inc({ provider }, seconds);
  }

  spoke(provider: string, characters: number): void {
    this.characters.inc({ provider }, characters);
  }

  took(stage: SpeechStage, provider: string, milliseconds: number): void {
    this.times.observe({ stage, provider }, milliseconds / 1000);
  }
}
