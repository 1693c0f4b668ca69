type DtoClass = new () => object;
type Read = (type: DtoClass, plain: object) => object;

/** Makes of a field's raw value what its class says; what cannot be made into it stays, for the checks to refuse. */
export type Converter = (value: unknown, read: Read) => unknown;

const registered = new WeakMap<object, Map<string, Converter>>();

/** For decorators: `target` is the class's prototype. */
export function registerConverter(target: object, field: string, converter: Converter): void {
  const known = registered.get(target) ?? new Map<string, Converter>();
  registered.set(target, known.set(field, converter));
}

/** Those of the classes that it extends too. */
export function convertersOf(type: DtoClass): ReadonlyMap<string, Converter> {
  const chain: (readonly [string, Converter])[][] = [];
  let target: unknown = type.prototype;
  while (typeof target === 'object' && target !== null) {
    chain.unshift([...(registered.get(target) ?? [])]);
    target = Object.getPrototypeOf(target);
  }
  return new Map(chain.flat());
}
