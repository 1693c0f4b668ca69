/**
 * An async generator whose `return()` takes effect at once. A plain one queues it behind the pending `next()`, so that a
 * consumer who leaves while the provider is silent would wait for the provider.
 */
export function cancellable<T>(
  generator: AsyncGenerator<T, void, undefined>,
  cancel: () => void,
): AsyncGenerator<T, void, undefined> {
  return {
    next: () => generator.next(),
    return: (value) => {
      cancel();
      return generator.return(value);
    },
    throw: (error) => {
      cancel();
      return generator.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
