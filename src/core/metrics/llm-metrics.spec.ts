import { Counter, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { EnginesSection, NamedOpenAiSection } from '../config/sections/engines.section.js';
import { Logger } from '../logging/logger.js';
import { LlmMetrics } from './llm-metrics.js';

const LABELS = ['provider', 'model', 'direction'];

function measured() {
  const registry = new Registry();
  const counter = (name: string) => new Counter({ name, help: name, labelNames: LABELS, registers: [registry] });
  const engines = new EnginesSection();
  engines.ai.openai.prices = { small: { input: 0.15, output: 0.6 } };
  engines.ai.others = [
    Object.assign(new NamedOpenAiSection(), { name: 'home', prices: { small: { input: 1, output: 2 } } }),
  ];
  const lines: string[] = [];
  const logger = new Logger('info', { write: (line: string) => void lines.push(line) });
  const metrics = new LlmMetrics(counter('tokens'), counter('cost'), engines, logger);
  const values = async (name: string) =>
    ((await registry.getSingleMetric(name)?.get())?.values ?? []).map(({ labels, value }) => [
      LABELS.map((label) => labels[label]).join(' '),
      Number(value.toFixed(9)),
    ]);
  return { metrics, values, lines };
}

describe('what models cost', () => {
  it('is the price of a million tokens of that provider, in both directions', async () => {
    const { metrics, values } = measured();
    metrics.tokens('openai', 'small', 2000, 500);
    metrics.tokens('home', 'small', 1, 1);
    expect(await values('cost')).toEqual([
      ['openai small input', 0.0003],
      ['openai small output', 0.0003],
      ['home small input', 0.000001],
      ['home small output', 0.000002],
    ]);
  });

  it('is not guessed where there is no price', async () => {
    const { metrics, values } = measured();
    metrics.tokens('openai', 'unheard-of', 10, 20);
    metrics.tokens('demo', 'small', 10, 20);
    expect(await values('cost')).toEqual([]);
    expect((await values('tokens')).map(([, count]) => count)).toEqual([10, 20, 10, 20]);
  });

  it('is the same as exact text, for what is stored', () => {
    const { metrics } = measured();
    expect(metrics.costUsd('openai', 'small', 2000, 500)).toBe('0.0006');
    expect(metrics.costUsd('openai', 'unheard-of', 2000, 500)).toBe('0');
    expect(metrics.costUsd('openai', 'constructor', 2000, 500)).toBe('0');
  });

  it('is told to be missing once a model, except for the demo, which has no prices at all', () => {
    const { metrics, lines } = measured();
    for (const model of ['unheard-of', 'unheard-of', 'small']) metrics.tokens('openai', model, 1, 1);
    metrics.tokens('demo', 'small', 1, 1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ provider: 'openai', model: 'unheard-of' }),
    ]);
  });

  it('has few and sane names of models, whatever callers ask for', async () => {
    const { metrics, values } = measured();
    metrics.tokens('openai', 'a model {with="quotes"}', 1, 1);
    for (let at = 0; at < 300; at++) metrics.tokens('openai', `m${at}`, 1, 1);
    const models = new Set((await values('tokens')).map(([labels]) => String(labels).split(' ')[1]));
    expect(models.size).toBe(101);
    expect(models).toContain('other');
  });
});
