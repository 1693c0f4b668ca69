import type { Span } from './tracer.port.js';
import { errorTypeOf, within } from './tracing.js';

/**
 * A stream whose life is a span, begun by the caller: it ends with the stream, or when the consumer leaves. No generator,
 * as each would cost every value three more turns of the microtask queue.
 *
 * @param see is told of every value.
 */
export function tracedStream<T>(
  span: Span,
  stream: AsyncIterable<T>,
  see: (value: T) => void = () => undefined,
): AsyncIterableIterator<T> {
  const iterator = stream[Symbol.asyncIterator]();
  const fail = (error: unknown): never => {
    span.fail(errorTypeOf(error));
    span.end();
    throw error;
  };
  return {
    next: () =>
      within(span, () => iterator.next()).then((step) => {
        if (step.done === true) span.end();
        else see(step.value);
        return step;
      }, fail),
    return: async (value?: unknown) => {
      try {
        await within(span, async () => iterator.return?.(value));
      } finally {
        span.end();
      }
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
