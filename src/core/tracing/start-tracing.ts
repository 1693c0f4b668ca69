import type { TracesSection } from '../config/sections/traces.section.js';
import type { Logger } from '../logging/logger.js';
import type { Tracer } from './tracer.port.js';
import { useTracer } from './tracing.js';

/** Begins to trace where a collector is named; else nothing is loaded. Before anything asks whether there is tracing. */
export async function startTracing(section: TracesSection, logger: Logger): Promise<Tracer | undefined> {
  if (section.endpoint === undefined) return undefined;
  const { OpenTelemetryTracer } = await import('./open-telemetry.adapter.js');
  const tracer = new OpenTelemetryTracer(section, logger);
  useTracer(tracer, section);
  return tracer;
}
