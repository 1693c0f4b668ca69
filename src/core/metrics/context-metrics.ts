import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';

export const CONTEXT_METRICS = [
  makeCounterProvider({
    name: 'cozy_context_tokens_total',
    help: 'Tokens of what was looked up for turns, by part: profile, memories, knowledge, summary.',
    labelNames: ['part'],
  }),
  makeCounterProvider({
    name: 'cozy_context_dropped_total',
    help: 'What had no room in the window, by part: messages, or lines of what was looked up.',
    labelNames: ['part'],
  }),
  makeCounterProvider({
    name: 'cozy_context_uncovered_total',
    help: 'Stored messages that a turn had neither among its messages nor in the summary of the session.',
  }),
  makeCounterProvider({
    name: 'cozy_session_summaries_total',
    help: 'Summaries of sessions that were kept, by who made them (model, rules).',
    labelNames: ['made_by'],
  }),
];

@Injectable()
export class ContextMetrics {
  constructor(
    @InjectMetric('cozy_context_tokens_total') private readonly partTokens: Counter,
    @InjectMetric('cozy_context_dropped_total') private readonly left: Counter,
    @InjectMetric('cozy_context_uncovered_total') private readonly uncovered: Counter,
    @InjectMetric('cozy_session_summaries_total') private readonly summaries: Counter,
  ) {}

  /** @param tokens by part. */
  given(tokens: Readonly<Record<string, number>>): void {
    for (const [part, count] of Object.entries(tokens)) this.partTokens.inc({ part }, count);
  }

  /** @param counts by part; nothing is noted of a part with 0. */
  dropped(counts: Readonly<Record<string, number>>, uncovered: number): void {
    for (const [part, count] of Object.entries(counts)) if (count > 0) this.left.inc({ part }, count);
    if (uncovered > 0) this.uncovered.inc(uncovered);
  }

  summarized(madeBy: 'model' | 'rules'): void {
    this.summaries.inc({ made_by: madeBy });
  }
}
