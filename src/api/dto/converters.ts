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

export const convertersOf = (type: DtoClass): ReadonlyMap<string, Converter> =>
  registered.get(type.prototype as object) ?? new Map<string, Converter>();
