import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { EnginesSection } from '../config/sections/engines.section.js';
import { Logger } from '../logging/logger.js';
import { costOf, type ModelPrice, PRICED_TOKENS } from '../util/model-cost.js';

export const LLM_METRICS = [
  makeCounterProvider({
    name: 'cozy_llm_tokens_total',
    help: 'Tokens by provider, model and direction (input, output).',
    labelNames: ['provider', 'model', 'direction'],
  }),
  makeCounterProvider({
    name: 'cozy_llm_cost_usd_total',
    help: 'What these tokens cost in US dollars, by provider, model and direction; models without a price are left out.',
    labelNames: ['provider', 'model', 'direction'],
  }),
];

const MOST_MODELS = 100;
/** Of a caller's model that has no label of its own. */
const OTHER = 'other';

/** Callers may name models; only so many of them, and only sane ones, become label values. */
class ModelLabels {
  private readonly known = new Set<string>();

  of(name: string): string {
    if (this.known.has(name)) return name;
    if (this.known.size >= MOST_MODELS || !/^[\w.:/@-]{1,80}$/.test(name)) return OTHER;
    this.known.add(name);
    return name;
  }
}

/** What models were given to read and said, and what that cost. */
@Injectable()
export class LlmMetrics {
  private readonly models = new ModelLabels();
  /** Those that have been told of. */
  private readonly unpriced = new Set<string>();
  private readonly prices: Readonly<Record<string, Readonly<Record<string, ModelPrice>>>>;

  constructor(
    @InjectMetric('cozy_llm_tokens_total') private readonly counted: Counter,
    @InjectMetric('cozy_llm_cost_usd_total') private readonly cost: Counter,
    { ai }: EnginesSection,
    private readonly logger: Logger,
  ) {
    const others = ai.others.map(({ name, prices }) => [name, prices] as const);
    this.prices = Object.fromEntries([['openai', ai.openai.prices], ...others]);
  }

  tokens(provider: string, name: string, input: number, output: number): void {
    const model = this.models.of(name);
    const price = this.priceOf(provider, name);
    if (!price) this.tellUnpriced(provider, model);
    for (const [direction, count] of [['input', input] as const, ['output', output] as const]) {
      const labels = { provider, model, direction };
      this.counted.inc(labels, count);
      if (price) this.cost.inc(labels, (count * price[direction]) / PRICED_TOKENS);
    }
  }

  /** What so many tokens cost in US dollars, as exact decimal text; `0` where the model has no price. */
  costUsd(provider: string, name: string, input: number, output: number): string {
    return costOf(this.priceOf(provider, name), input, output);
  }

  private priceOf(provider: string, name: string): ModelPrice | undefined {
    const prices = this.prices[provider];
    return prices && Object.hasOwn(prices, name) ? prices[name] : undefined;
  }

  /** Once a model. The demo has no prices: it costs nothing. */
  private tellUnpriced(provider: string, model: string): void {
    const name = `${provider}/${model}`;
    if (model === OTHER || this.prices[provider] === undefined || this.unpriced.has(name)) return;
    this.unpriced.add(name);
    this.logger.info('A model has no price: what it is asked counts as 0 US dollars', { provider, model });
  }
}
