import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

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
  makeCounterProvider({
    name: 'cozy_llm_tokens_total',
    help: 'Tokens by provider, model and direction (input, output).',
    labelNames: ['provider', 'model', 'direction'],
  }),
  makeCounterProvider({
    name: 'cozy_engine_calls_total',
    help: 'Engine calls by kind, provider and outcome (ok or the error code).',
    labelNames: ['kind', 'provider', 'outcome'],
  }),
];

export type TurnOutcome = 'completed' | 'interrupted' | 'failed';
export type TurnStage = 'load' | 'model' | 'save' | 'total';

const MOST_MODELS = 100;

/** Callers may name models; only so many of them, and only sane ones, become label values. */
class ModelLabels {
  private readonly known = new Set<string>();

  of(name: string): string {
    if (this.known.has(name)) return name;
    if (this.known.size >= MOST_MODELS || !/^[\w.:/@-]{1,80}$/.test(name)) return 'other';
    this.known.add(name);
    return name;
  }
}

@Injectable()
export class ChatMetrics {
  private readonly models = new ModelLabels();

  constructor(
    @InjectMetric('cozy_chat_turns_total') private readonly turns: Counter,
    @InjectMetric('cozy_chat_turn_stage_seconds') private readonly stages: Histogram,
    @InjectMetric('cozy_chat_first_token_seconds') private readonly firstTokens: Histogram,
    @InjectMetric('cozy_llm_tokens_total') private readonly llmTokens: Counter,
    @InjectMetric('cozy_engine_calls_total') private readonly engineCalls: Counter,
  ) {}

  turn(provider: string, outcome: TurnOutcome): void {
    this.turns.inc({ provider, outcome });
  }

  stage(stage: TurnStage, milliseconds: number): void {
    this.stages.observe({ stage }, milliseconds / 1000);
  }

  firstToken(provider: string, milliseconds: number): void {
    this.firstTokens.observe({ provider }, milliseconds / 1000);
  }

  tokens(provider: string, name: string, input: number, output: number): void {
    const model = this.models.of(name);
    this.llmTokens.inc({ provider, model, direction: 'input' }, input);
    this.llmTokens.inc({ provider, model, direction: 'output' }, output);
  }

  engineCall(kind: string, provider: string, outcome: string): void {
    this.engineCalls.inc({ kind, provider, outcome });
  }
}
