import { Injectable } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { ToolMetrics } from '../../core/metrics/tool-metrics.js';
import type { ToolOutcome } from './tool-outcome.js';

/** What is left of a tool call when it is over: a metric and a log line. */
@Injectable()
export class ToolRecordService {
  constructor(
    private readonly metrics: ToolMetrics,
    private readonly logger: Logger,
  ) {}

  /** @param known whether there is such a tool: the names that models invent are nobody's label. */
  call({ name, error, milliseconds }: ToolOutcome, known: boolean): void {
    const tool = known ? name : 'unknown';
    const outcome = error?.code ?? 'ok';
    this.metrics.call(tool, outcome);
    const facts = { tool, outcome, latency_ms: Math.round(milliseconds) };
    if (error) this.logger.warn('A tool call failed', facts, error.cause);
    else this.logger.info('A tool was called', facts);
  }

  /** How long a tool itself took. */
  ran(tool: string, milliseconds: number): void {
    this.metrics.ran(tool, milliseconds);
  }
}
