import { Injectable } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import { EngineMetrics } from '../../core/metrics/engine-metrics.js';
import { EngineCache } from './engine-cache.js';
import { type GuardedTarget, type GuardTools, ResilientCall } from './resilient-call.js';
import type { GuardedEngine } from './resilience.port.js';

/** Makes the guard of each configured engine. One for an engine: its breakers know what has failed. */
@Injectable()
export class EngineGuards {
  private readonly tools: GuardTools;

  constructor(cache: EngineCache, chatMetrics: ChatMetrics, metrics: EngineMetrics, logger: Logger) {
    this.tools = { cache, chatMetrics, metrics, logger };
  }

  guard(target: GuardedTarget): GuardedEngine {
    return new ResilientCall(target, this.tools);
  }
}
