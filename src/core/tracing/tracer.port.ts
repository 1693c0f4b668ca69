export type SpanKind = 'internal' | 'server' | 'client' | 'consumer';

/** Ids, numbers and words of a short list; never what people or models say. Undefined ones are left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | string[] | undefined>>;

/** How a span begins. */
export interface SpanStart {
  /** `internal` where absent. */
  kind?: SpanKind;
  attributes?: SpanAttributes;
  /** A span of this process, or another one's as a W3C `traceparent`; one that cannot be read counts for none. */
  parent?: Span | string | undefined;
  /** What it goes back to without being a part of it, each as a `traceparent`. */
  links?: readonly string[];
}

/** One piece of work within a trace. Nothing it does throws; after `end` nothing changes any more. */
export abstract class Span {
  /** Undefined where nothing is traced. */
  abstract readonly traceId: string | undefined;
  /** As W3C writes it, to be handed on; undefined where nothing is traced. */
  abstract readonly traceparent: string | undefined;
  abstract rename(name: string): void;
  abstract set(attributes: SpanAttributes): void;
  /** It ended in an error: of a short list of types, such as the codes of errors. */
  abstract fail(errorType: string): void;
  /** Idempotent. */
  abstract end(): void;
}

/** Where spans go. */
export abstract class Tracer {
  abstract start(name: string, options: SpanStart): Span;
  /** Hands over what it still holds, and takes nothing more. Resolves after so many milliseconds at the latest. */
  abstract stop(milliseconds: number): Promise<void>;
}
