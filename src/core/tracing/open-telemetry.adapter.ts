import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind as SdkKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer as SdkTracer,
} from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracesSection } from '../config/sections/traces.section.js';
import type { Logger } from '../logging/logger.js';
import { PRODUCT } from '../util/product.js';
import { keyValues } from './key-values.js';
import { Span, type SpanAttributes, type SpanKind, type SpanStart, Tracer } from './tracer.port.js';

/** Spans that wait to be exported; what comes beyond is dropped. */
const MOST_WAITING = 4096;
const BATCH = 512;
const MOST_CHARACTERS = 256;
const MOST_LINKS = 64;
const WARN_EVERY_MS = 60_000;

const KINDS: Readonly<Record<SpanKind, SdkKind>> = {
  internal: SdkKind.INTERNAL,
  server: SdkKind.SERVER,
  client: SdkKind.CLIENT,
  consumer: SdkKind.CONSUMER,
};

class OpenTelemetrySpan extends Span {
  private hasEnded = false;

  constructor(readonly inner: SdkSpan) {
    super();
  }

  get traceId(): string {
    return this.inner.spanContext().traceId;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.inner.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`;
  }

  rename(name: string): void {
    this.inner.updateName(name);
  }

  set(attributes: SpanAttributes): void {
    this.inner.setAttributes(attributes);
  }

  fail(errorType: string): void {
    this.inner.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR });
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.inner.end();
  }
}

/** Spans in batches to an OpenTelemetry collector, as OTLP's JSON over HTTP. */
export class OpenTelemetryTracer extends Tracer {
  private readonly provider: TracerProvider;
  private readonly tracer: SdkTracer;

  constructor(section: TracesSection, logger: Logger) {
    super();
    this.provider = new TracerProvider({
      resource: defaultResource().merge(resourceFromAttributes(resourceOf(section))),
      sampler: samplerOf(section),
      spanLimits: { attributeValueLengthLimit: MOST_CHARACTERS, attributeCountLimit: 64, linkCountLimit: MOST_LINKS },
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new WatchedExporter(exporterOf(section), logger),
          maxQueueSize: MOST_WAITING,
          maxExportBatchSize: BATCH,
          scheduledDelayMillis: section.delay_ms,
          exportTimeoutMillis: section.timeout_ms,
        }),
      ],
    });
    this.tracer = this.provider.getTracer(PRODUCT.name, PRODUCT.version);
  }

  override start(name: string, { kind = 'internal', attributes, parent, links = [] }: SpanStart): Span {
    const options = {
      kind: KINDS[kind],
      attributes: (attributes ?? {}) as Attributes,
      links: links.flatMap((link) => parseTraceParent(link) ?? []).map((context) => ({ context })),
    };
    return new OpenTelemetrySpan(this.tracer.startSpan(name, options, contextOf(parent)));
  }

  override async stop(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
    // What could not be exported has been told.
    await Promise.race([this.provider.shutdown().catch(() => undefined), late]);
    clearTimeout(timer);
  }
}

function contextOf(parent: SpanStart['parent']): Context {
  if (parent instanceof OpenTelemetrySpan) return trace.setSpan(ROOT_CONTEXT, parent.inner);
  const remote = typeof parent === 'string' ? parseTraceParent(parent) : null;
  return remote ? trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true }) : ROOT_CONTEXT;
}

const resourceOf = ({ resource_attributes: attributes, service_name: name }: TracesSection): Attributes => ({
  'service.name': 'cozyengine',
  'service.version': PRODUCT.version,
  ...keyValues(attributes),
  ...(name !== undefined && { 'service.name': name }),
});

function samplerOf({ sampler, sampler_arg: ratio }: TracesSection): Sampler {
  const name = sampler.replace(/^parentbased_/, '');
  const samplers: Record<string, () => Sampler> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const root = samplers[name]?.() ?? new AlwaysOnSampler();
  return sampler === name ? root : new ParentBasedSampler({ root });
}

const exporterOf = ({ endpoint = '', headers, timeout_ms: timeoutMillis }: TracesSection): SpanExporter =>
  new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: keyValues(headers),
    timeoutMillis,
    // At the end all that waits leaves at once.
    concurrencyLimit: MOST_WAITING / BATCH,
  });

/** A collector that is away is told of once a minute; nobody but the log hears of it. */
class WatchedExporter implements SpanExporter {
  private warnedAt = -Infinity;
  private lost = 0;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: Logger,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.FAILED) this.note(spans.length, result.error);
      done({ code: ExportResultCode.SUCCESS });
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private note(spans: number, error: Error | undefined): void {
    this.lost += spans;
    if (performance.now() - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = performance.now();
    // Its message may quote the collector's answer, or its address with a password in it.
    this.logger.warn('Traces could not be exported', { spans: this.lost, error_type: error?.name });
    this.lost = 0;
  }
}
