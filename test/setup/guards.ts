import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Logger } from '../../src/core/logging/logger.js';
import { EngineMetrics } from '../../src/core/metrics/engine-metrics.js';
import { SpeechMetrics } from '../../src/core/metrics/speech-metrics.js';
import type { GuardTools } from '../../src/engines/resilience/resilient-call.js';
import type { EngineCache } from '../../src/engines/resilience/engine-cache.js';
import { chatMetrics } from './chat-metrics.js';

export interface MeasuredTools extends GuardTools {
  speech: SpeechMetrics;
  /** The value of one series; 0 where there is none. */
  metric(name: string, labels: Record<string, string>): Promise<number>;
}

/** What guards work with, with metrics of their own. */
export function guardTools(cache: EngineCache, logger = new Logger('silent')): MeasuredTools {
  const registry = new Registry();
  const of = (name: string, labelNames: string[]) => ({ name, help: name, labelNames, registers: [registry] });
  return {
    cache,
    logger,
    chatMetrics: chatMetrics(registry),
    metrics: new EngineMetrics(
      new Gauge(of('breaker', ['kind', 'provider', 'calls'])),
      new Counter(of('cache', ['kind', 'outcome'])),
      new Counter(of('degradations', ['kind', 'provider', 'reason'])),
      new Histogram(of('seconds', ['kind'])),
    ),
    speech: new SpeechMetrics(
      new Counter(of('audio_seconds', ['provider'])),
      new Counter(of('characters', ['provider'])),
      new Histogram(of('speech_times', ['stage', 'provider'])),
    ),
    metric: async (name, labels) => {
      const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
      const wanted = Object.entries(labels);
      return values.find((value) => wanted.every(([key, label]) => value.labels[key] === label))?.value ?? 0;
    },
  };
}
