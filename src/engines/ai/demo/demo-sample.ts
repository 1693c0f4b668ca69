import { isRecord } from '../../json-record.js';

/** Deep enough for real schemas; ends those that refer to themselves. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 20;
const MAX_LENGTH = 500;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T12:00:00Z',
  date: '2026-01-01',
  time: '12:00:00Z',
  duration: 'PT1H',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

interface Place {
  /** The schema that `$ref` points into. */
  root: unknown;
  /** The property's name: the sample of a text says what it stands for. */
  name: string;
  depth: number;
}

/**
 * A value that fits a JSON schema; the same for the same schema. Reads the usual words: const, enum, default, types,
 * bounds, formats, required, items, local `$ref`, anyOf, oneOf and allOf. `pattern` and `not` are not looked at.
 */
export function sampleOf(schema: unknown): unknown {
  return sample(schema, { root: schema, name: 'text', depth: 0 });
}

function sample(schema: unknown, place: Place): unknown {
  if (!isRecord(schema)) return schema === false ? null : place.name;
  const given = givenValue(schema);
  if (given !== undefined) return given.value;
  const inner = { ...place, depth: place.depth + 1 };
  if (inner.depth > MAX_DEPTH) return null;
  if (typeof schema['$ref'] === 'string') return sample(resolve(schema['$ref'], place.root), inner);
  if (Array.isArray(schema['allOf'])) return sample(merged(schema, schema['allOf'], place.root), inner);
  const choice = [schema['anyOf'], schema['oneOf']].find(Array.isArray);
  if (choice !== undefined) return sample(choice[0], inner);
  return byType(schema, inner);
}

/** The schema says outright what the value may be. */
function givenValue(schema: Record<string, unknown>): { value: unknown } | undefined {
  if ('const' in schema) return { value: schema['const'] };
  const choices = schema['enum'] ?? schema['examples'];
  if (Array.isArray(choices) && choices.length > 0) return { value: choices[0] };
  return 'default' in schema ? { value: schema['default'] } : undefined;
}

function byType(schema: Record<string, unknown>, place: Place): unknown {
  switch (typeOf(schema)) {
    case 'object':
      return objectOf(schema, place);
    case 'array':
      return arrayOf(schema, place);
    case 'integer':
      return numberOf(schema, true);
    case 'number':
      return numberOf(schema, false);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return stringOf(schema, place.name);
  }
}

function typeOf(schema: Record<string, unknown>): unknown {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((name) => name !== 'null') ?? 'null';
  if (type !== undefined) return type;
  if (isRecord(schema['properties'])) return 'object';
  return 'items' in schema || 'prefixItems' in schema ? 'array' : 'string';
}

/** The required properties; all of them when none is required. */
function objectOf(schema: Record<string, unknown>, place: Place): Record<string, unknown> {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  const names = required.length > 0 ? required : Object.keys(properties);
  return Object.fromEntries(names.map((name) => [name, sample(properties[name], { ...place, name })]));
}

function arrayOf(schema: Record<string, unknown>, place: Place): unknown[] {
  const first = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : [];
  const wanted = Math.max(bound(schema['minItems']) ?? 1, first.length);
  const length = Math.min(wanted, bound(schema['maxItems']) ?? wanted, MAX_ITEMS);
  return Array.from({ length }, (_, at) => sample(first[at] ?? schema['items'], place));
}

function stringOf(schema: Record<string, unknown>, name: string): string {
  const format = schema['format'];
  if (typeof format === 'string' && Object.hasOwn(FORMATS, format)) return FORMATS[format] ?? name;
  const least = Math.min(bound(schema['minLength']) ?? 0, MAX_LENGTH);
  return name.padEnd(least, '.').slice(0, bound(schema['maxLength']) ?? MAX_LENGTH);
}

function numberOf(schema: Record<string, unknown>, whole: boolean): number {
  const step = bound(schema['multipleOf']) ?? (whole ? 1 : undefined);
  const low = lowest(schema, step ?? 0.5);
  const high = highest(schema, step ?? 0.5) ?? Infinity;
  const start = Math.min(low ?? 1, high);
  return step === undefined ? start : onGrid(start, step, high);
}

/** The nearest multiple of `step`: upwards, unless that is too much. */
function onGrid(start: number, step: number, high: number): number {
  const up = Math.ceil(start / step) * step;
  return up <= high ? up : Math.floor(high / step) * step;
}

function lowest(schema: Record<string, unknown>, step: number): number | undefined {
  const exclusive = bound(schema['exclusiveMinimum']);
  return exclusive === undefined ? bound(schema['minimum']) : exclusive + step;
}

function highest(schema: Record<string, unknown>, step: number): number | undefined {
  const exclusive = bound(schema['exclusiveMaximum']);
  return exclusive === undefined ? bound(schema['maximum']) : exclusive - step;
}

function bound(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A reference within the same schema, such as `#/$defs/Step`. */
function resolve(reference: string, root: unknown): unknown {
  const path = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return path.reduce<unknown>((at, key) => {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    return isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }, root);
}

/** All parts of an `allOf` as one schema. */
function merged(schema: Record<string, unknown>, parts: readonly unknown[], root: unknown): Record<string, unknown> {
  const { allOf: _, ...own } = schema;
  const all = [
    own,
    ...parts.map((part) => (isRecord(part) && typeof part['$ref'] === 'string' ? resolve(part['$ref'], root) : part)),
  ].filter(isRecord);
  return {
    ...Object.assign({}, ...all),
    properties: Object.assign({}, ...all.map((part) => part['properties'])),
    required: all.flatMap((part) => (Array.isArray(part['required']) ? part['required'] : [])),
  };
}
