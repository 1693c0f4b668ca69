import { Injectable } from '@nestjs/common';
import {
  InjectMetric,
  makeCounterProvider,
  makeGaugeProvider,
  makeHistogramProvider,
} from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge, Histogram } from 'prom-client';

const SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30];

export const VOICE_METRICS = [
  makeGaugeProvider({ name: 'cozy_voice_calls_open', help: 'Voice calls that run.' }),
  makeCounterProvider({
    name: 'cozy_voice_calls_ended_total',
    help: 'Voice calls by what ended them.',
    labelNames: ['reason'],
  }),
  makeCounterProvider({
    name: 'cozy_voice_turns_total',
    help: 'Voice turns by outcome (completed, interrupted, cancelled, failed).',
    labelNames: ['outcome'],
  }),
  makeCounterProvider({
    name: 'cozy_voice_interruptions_total',
    help: 'Speech over the companion by what it turned out to be (barge_in, false).',
    labelNames: ['kind'],
  }),
  makeHistogramProvider({
    name: 'cozy_voice_turn_stage_seconds',
    help:
      'Times of voice turns: end_of_turn (from the last sound of speech to its words), model, speech, sound and rest ' +
      '(each from the milestone before), first_audio (from the last sound of speech to the first of the answer).',
    labelNames: ['stage'],
    buckets: SECONDS,
  }),
];

/** Milliseconds of a turn's milestones; null for those it did not come to. */
export type VoiceMilestones = Readonly<
  Record<
    'speech_end' | 'transcript_final' | 'llm_first_token' | 'tts_first_byte' | 'first_audio_out' | 'done',
    number | null
  >
>;

/** Each stage ends with a milestone and begins with the one before it that was passed. */
const STAGES = [
  ['end_of_turn', 'transcript_final'],
  ['model', 'llm_first_token'],
  ['speech', 'tts_first_byte'],
  ['sound', 'first_audio_out'],
  ['rest', 'done'],
] as const;

@Injectable()
export class VoiceMetrics {
  constructor(
    @InjectMetric('cozy_voice_calls_open') private readonly open: Gauge,
    @InjectMetric('cozy_voice_calls_ended_total') private readonly ended: Counter,
    @InjectMetric('cozy_voice_turns_total') private readonly turns: Counter,
    @InjectMetric('cozy_voice_interruptions_total') private readonly interruptions: Counter,
    @InjectMetric('cozy_voice_turn_stage_seconds') private readonly stages: Histogram,
  ) {}

  callBegan(): void {
    this.open.inc();
  }

  callEnded(reason: string): void {
    this.open.dec();
    this.ended.inc({ reason });
  }

  interruption(kind: 'barge_in' | 'false'): void {
    this.interruptions.inc({ kind });
  }

  turn(outcome: string, milestones: VoiceMilestones): void {
    this.turns.inc({ outcome });
    let before = 0;
    for (const [stage, milestone] of STAGES) {
      const at = milestones[milestone];
      if (at === null) continue;
      this.stages.observe({ stage }, Math.max(0, at - before) / 1000);
      before = at;
    }
    const { first_audio_out: firstAudio } = milestones;
    if (firstAudio !== null) this.stages.observe({ stage: 'first_audio' }, firstAudio / 1000);
  }
}
