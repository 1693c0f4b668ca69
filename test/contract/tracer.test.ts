import { afterEach, describe, expect, it } from 'vitest';
import { TracesSection } from '../../src/core/config/sections/traces.section.js';
import { Logger } from '../../src/core/logging/logger.js';
import { OpenTelemetryTracer } from '../../src/core/tracing/open-telemetry.adapter.js';
import { startTracing } from '../../src/core/tracing/start-tracing.js';
import { currentSpan, incoming, isTracing, startSpan, traced, useTracer } from '../../src/core/tracing/tracing.js';
import { CozyError } from '../../src/core/errors/cozy.error.js';
import { FAILED, type OtlpCollector, startOtlpCollector } from '../fakes/otlp-collector.js';

const closing: (() => Promise<void>)[] = [];
const lines: string[] = [];
const logger = new Logger('info', { write: (line: string) => void lines.push(line) });

async function collecting(status?: number): Promise<OtlpCollector> {
  const collector = await startOtlpCollector(status);
  closing.push(() => collector.close());
  return collector;
}

const tracerTo = (endpoint: string, more: Partial<TracesSection> = {}) =>
  new OpenTelemetryTracer(Object.assign(new TracesSection(), { endpoint, ...more }), logger);

afterEach(async () => {
  useTracer(undefined);
  lines.length = 0;
  for (const close of closing.splice(0)) await close();
});

const A_TRACE = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };

describe('the tracer', () => {
  it('exports what it holds when it is stopped, with parents, links, kinds and errors', async () => {
    const collector = await collecting();
    const tracer = tracerTo(`${collector.url}/`, { headers: 'authorization=Bearer%20a,x-team=b=c' });
    useTracer(tracer);
    const link = `00-${A_TRACE.traceId}-${A_TRACE.spanId}-01`;
    const failing = traced('outer', { links: [link, 'nonsense'], attributes: { numbers: 1, none: undefined } }, () =>
      traced('inner', {}, () => Promise.reject(new CozyError('TOOL_TIMEOUT'))),
    );
    await expect(failing).rejects.toThrow(CozyError);
    await tracer.stop(10_000);
    const [inner, outer] = collector.spans;
    expect(outer).toMatchObject({ name: 'outer', links: [A_TRACE], attributes: { numbers: 1 } });
    expect(inner).toMatchObject({
      name: 'inner',
      parentSpanId: outer?.spanId,
      traceId: outer?.traceId,
      status: { code: FAILED },
      attributes: { 'error.type': 'TOOL_TIMEOUT' },
    });
    expect(collector.headers[0]).toMatchObject({ authorization: 'Bearer a', 'x-team': 'b=c' });
  });

  it('says once that the collector refuses, however many exports fail', async () => {
    const collector = await collecting(400);
    const tracer = tracerTo(collector.url);
    for (let count = 0; count < 2000; count++) tracer.start('span', {}).end();
    await tracer.stop(20_000);
    expect(collector.headers.length).toBeGreaterThan(2);
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'Traces could not be exported',
    ]);
  });

  it('waits no longer than it is told for a collector that never answers', async () => {
    const collector = await startOtlpCollector('never');
    closing.push(() => collector.close());
    const tracer = tracerTo(collector.url, { timeout_ms: 60_000 });
    tracer.start('span', {}).end();
    await tracer.stop(100);
    expect(collector.headers).toHaveLength(1);
  });

  it.each([
    ['always_off', undefined, 0],
    ['traceidratio', 0, 0],
    ['traceidratio', 1, 1],
    ['parentbased_always_off', undefined, 0],
    ['always_on', undefined, 1],
  ])('samples by %s %s', async (sampler, ratio, kept) => {
    const collector = await collecting();
    const tracer = tracerTo(collector.url, { sampler, ...(ratio !== undefined && { sampler_arg: ratio }) });
    tracer.start('span', {}).end();
    await tracer.stop(10_000);
    expect(collector.spans).toHaveLength(kept);
  });

  it.each([
    ['01', 1],
    ['00', 0],
  ])('does as a caller with flags %s has decided', async (flags, kept) => {
    const collector = await collecting();
    const tracer = tracerTo(collector.url, { sampler: 'parentbased_always_on' });
    const span = tracer.start('span', { parent: `00-${A_TRACE.traceId}-${A_TRACE.spanId}-${flags}` });
    expect(span.traceparent).toMatch(new RegExp(`^00-${A_TRACE.traceId}-[0-9a-f]{16}-${flags}$`));
    span.end();
    await tracer.stop(10_000);
    expect(collector.spans).toHaveLength(kept);
  });
});

describe('what a caller says of its trace', () => {
  it.each([
    ['begins a trace of its own, whose sampler decides', false, '01', 0],
    ['is part of the caller’s where callers are believed', true, '01', 1],
    ['is left out where callers are believed who leave theirs out', true, '00', 0],
  ])('%s', async (_name, trust, flags, kept) => {
    const collector = await collecting();
    const tracer = tracerTo(collector.url, { sampler: 'parentbased_always_off' });
    useTracer(tracer, { trust_incoming: trust });
    const span = startSpan('span', incoming(`00-${A_TRACE.traceId}-${A_TRACE.spanId}-${flags}`));
    expect(span.traceId === A_TRACE.traceId).toBe(trust);
    span.end();
    await tracer.stop(10_000);
    expect(collector.spans).toHaveLength(kept);
  });
});

describe('without an endpoint', () => {
  it('nothing is traced', async () => {
    expect(await startTracing(new TracesSection(), logger)).toBeUndefined();
    expect(isTracing()).toBe(false);
    expect(startSpan('x')).toBe(currentSpan());
    expect(await traced('x', {}, (span) => Promise.resolve(span.traceparent))).toBeUndefined();
  });
});
