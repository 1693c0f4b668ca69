import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';

export const TOOL_METRICS = [
  makeCounterProvider({
    name: 'cozy_tool_calls_total',
    help: 'Tool calls by tool and outcome (ok or the error code); tools that do not exist are "unknown".',
    labelNames: ['tool', 'outcome'],
  }),
  makeHistogramProvider({
    name: 'cozy_tool_call_seconds',
    help: 'Time of tool calls, by tool; what was refused is not counted.',
    labelNames: ['tool'],
    buckets: [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  }),
];

@Injectable()
export class ToolMetrics {
  constructor(
    @InjectMetric('cozy_tool_calls_total') private readonly calls: Counter,
    @InjectMetric('cozy_tool_call_seconds') private readonly seconds: Histogram,
  ) {}

  call(tool: string, outcome: string): void {
    this.calls.inc({ tool, outcome });
  }

  ran(tool: string, milliseconds: number): void {
    this.seconds.observe({ tool }, milliseconds / 1000);
  }
}
