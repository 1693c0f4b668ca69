import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { LlmMetrics } from './llm-metrics.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export const CHAT_METRICS = [
  makeCounterProvider({
    name: 'cozy_chat_turns_total',
    help: 'Chat turns by provider and outcome (completed, interrupted, failed).',
    labelNames: ['provider', 'outcome'],
  }),
  makeHistogramProvider({
    name: 'cozy_chat_turn_stage_seconds',
    help: 'Chat turn time by stage: load, model, save, total.',
    labelNames: ['stage'],
    buckets: SECONDS,
  }),
  makeHistogramProvider({
    name: 'cozy_chat_first_token_seconds',
    help: 'Time from the accepted request to the first piece of the answer.',
    labelNames: ['provider'],
    buckets: SECONDS,
  }),
  makeHistogramProvider({
    name: 'cozy_gateway_overhead_seconds',
    help: 'What a chat turn took beside the model, engines, tools and a caller who reads slowly: our own part.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  }),
  makeCounterProvider({
    name: 'cozy_engine_calls_total',
    help: 'Engine calls by kind, provider and outcome (ok or the error code).',
    labelNames: ['kind', 'provider', 'outcome'],
  }),
];

export type TurnOutcome = 'completed' | 'interrupted' | 'failed';
export type TurnStage = 'load' | 'model' | 'save' | 'total';

/** How long turns and their parts take. */
@Injectable()
export class TurnTimes {
  constructor(
    @InjectMetric('cozy_chat_turn_stage_seconds') readonly stages: Histogram,
    @InjectMetric('cozy_chat_first_token_seconds') readonly firstTokens: Histogram,
    @InjectMetric('cozy_gateway_overhead_seconds') readonly overheads: Histogram,
  ) {}
}

@Injectable()
export class ChatMetrics {
  constructor(
    @InjectMetric('cozy_chat_turns_total') private readonly turns: Counter,
    @InjectMetric('cozy_engine_calls_total') private readonly engineCalls: Counter,
    private readonly times: TurnTimes,
    private readonly llm: LlmMetrics,
  ) {}

  turn(provider: string, outcome: TurnOutcome): void {
    this.turns.inc({ provider, outcome });
  }

  stage(stage: TurnStage, milliseconds: number): void {
    this.times.stages.observe({ stage }, milliseconds / 1000);
  }

  firstToken(provider: string, milliseconds: number): void {
    this.times.firstTokens.observe({ provider }, milliseconds / 1000);
  }

  overhead(milliseconds: number): void {
    this.times.overheads.observe(milliseconds / 1000);
  }

  tokens(provider: string, model: string, input: number, output: number): void {
    this.llm.tokens(provider, model, input, output);
  }

  /** What a model's tokens cost in US dollars, as exact decimal text. */
  costUsd(provider: string, model: string, input: number, output: number): string {
    return this.llm.costUsd(provider, model, input, output);
  }

  engineCall(kind: string, provider: string, outcome: string): void {
    this.engineCalls.inc({ kind, provider, outcome });
  }
}
