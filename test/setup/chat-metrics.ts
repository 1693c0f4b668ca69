import { Counter, Histogram, type Registry } from 'prom-client';
import { EnginesSection } from '../../src/core/config/sections/engines.section.js';
import { ChatMetrics, TurnTimes } from '../../src/core/metrics/chat-metrics.js';
import { Logger } from '../../src/core/logging/logger.js';
import { LlmMetrics } from '../../src/core/metrics/llm-metrics.js';

const PER_MODEL = ['provider', 'model', 'direction'];

/** The metrics of chats in a registry of their own; engine calls are under `calls`. */
export function chatMetrics(registry: Registry, engines = new EnginesSection()): ChatMetrics {
  const of = (name: string, labelNames: string[] = []) => ({ name, help: name, labelNames, registers: [registry] });
  const times = [new Histogram(of('stages')), new Histogram(of('first')), new Histogram(of('overheads'))] as const;
  return new ChatMetrics(
    new Counter(of('turns')),
    new Counter(of('calls', ['kind', 'provider', 'outcome'])),
    new TurnTimes(...times),
    new LlmMetrics(
      new Counter(of('tokens', PER_MODEL)),
      new Counter(of('cost', PER_MODEL)),
      engines,
      new Logger('silent'),
    ),
  );
}
