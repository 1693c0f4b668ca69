import { AsyncLocalStorage } from 'node:async_hooks';
import type { TracesSection } from '../config/sections/traces.section.js';
import { CozyError } from '../errors/cozy.error.js';
import { Span, type SpanStart, type Tracer } from './tracer.port.js';

class NoSpan extends Span {
  readonly traceId = undefined;
  readonly traceparent = undefined;
  rename(): void {}
  set(): void {}
  fail(): void {}
  end(): void {}
}

const NO_SPAN: Span = new NoSpan();

/** One a process, as the log is: what is traced is told to whoever runs it. */
let tracer: Tracer | undefined;
let isPropagating = false;
let isTrusting = false;
const current = new AsyncLocalStorage<Span>();

/** Without a tracer nothing is traced. */
export function useTracer(
  chosen: Tracer | undefined,
  { propagate = false, trust_incoming: trust = false }: Partial<TracesSection> = {},
): void {
  tracer = chosen;
  isPropagating = propagate;
  isTrusting = trust;
}

export const isTracing = (): boolean => tracer !== undefined;

/** The span that the running work is part of. */
export const currentSpan = (): Span => (tracer && current.getStore()) ?? NO_SPAN;

/** Begins a span, where nothing else is said as a part of the running one. Whoever begins it ends it. */
export function startSpan(name: string, options: SpanStart = {}): Span {
  if (!tracer) return NO_SPAN;
  return tracer.start(name, 'parent' in options ? options : { ...options, parent: current.getStore() });
}

/**
 * How the span of a request begins: as a part of its caller's trace where callers are believed, else in a trace of its own
 * that goes back to theirs. Strangers would decide otherwise whether a request is traced, and in which trace it is found.
 */
export function incoming(traceparent: string | undefined): Pick<SpanStart, 'parent' | 'links'> {
  if (isTrusting) return { parent: traceparent };
  return { parent: undefined, links: traceparent === undefined ? [] : [traceparent] };
}

/** Does work as a part of the span. */
export const within = <T>(span: Span, work: () => T): T => (span === NO_SPAN ? work() : current.run(span, work));

/** Does work in a span of its own, which ends with it. What is thrown is the span's error too. */
export async function traced<T>(name: string, options: SpanStart, work: (span: Span) => Promise<T>): Promise<T> {
  const span = startSpan(name, options);
  try {
    return await within(span, () => work(span));
  } catch (error) {
    span.fail(errorTypeOf(error));
    throw error;
  } finally {
    span.end();
  }
}

/** As the stream, whose work is done as a part of the span: a generator's belongs to whoever asks for its next value. */
export const eachWithin = <T>(span: Span, stream: AsyncGenerator<T>): AsyncGenerator<T> =>
  span === NO_SPAN ? stream : valuesWithin(span, stream);

async function* valuesWithin<T>(span: Span, stream: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (let step = await within(span, () => stream.next()); step.done !== true;) {
      yield step.value;
      step = await within(span, () => stream.next());
    }
  } finally {
    await stream.return(undefined);
  }
}

/** For requests to engines and providers: the running span, where they are to be told of it. */
export function traceHeaders(): Record<string, string> {
  const traceparent = isPropagating ? currentSpan().traceparent : undefined;
  return traceparent === undefined ? {} : { traceparent };
}

/** The code of an error; `_OTHER`, as the conventions have it, for what has none. */
export const errorTypeOf = (error: unknown): string => (error instanceof CozyError ? error.code : '_OTHER');
