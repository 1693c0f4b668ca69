import * as fc from 'fast-check';

// A JSON schema or a part of an OpenAPI document; tests read it by its documented names.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

export interface Operation {
  /** `get /v1/…` */
  name: string;
  method: string;
  path: string;
  parameters: { name: string; in: string; schema: Json }[];
  /** Null where it takes no body; by content type. */
  bodies: [contentType: string, schema: Json][];
  document: Json;
}

/** One request. */
export interface Probe {
  method: string;
  path: string;
  contentType: string | undefined;
  body: string | undefined;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const PROBES = 12;
const MOST_DEPTH = 6;

/** What breaks programs: too long, too large, empty, foreign, half a character, another kind, another program's syntax. */
const NASTY_TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  '😀'.repeat(300),
  'a'.repeat(70_000),
  '__proto__',
  'constructor',
  "' OR 1=1; --",
  '%00',
  '../../etc/passwd',
  '${jndi:ldap://x}',
  '<script>alert(1)</script>',
  'a\r\nSet-Cookie: x=1',
  '018f0000-0000-7000-8000-000000000000',
  'default',
  '9'.repeat(400),
  '2026-02-30T25:61:61Z',
];
export const NASTY: unknown[] = [
  ...NASTY_TEXTS,
  null,
  true,
  0,
  -1,
  -0.5,
  1e308,
  2 ** 53,
  [],
  {},
  [[]],
  [null],
  { $ne: null },
  { toString: 1, __proto__: null },
  Array.from({ length: 3000 }, (_, at) => at),
];
const nasty = fc.oneof(fc.constantFrom(...NASTY), fc.jsonValue({ maxDepth: 4 }));

/** Every operation that a document tells of. */
export function operationsOf(document: Json): Operation[] {
  return Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => {
      const { parameters = [], requestBody } = item[method];
      const bodies = Object.entries<Json>(requestBody?.content ?? {}).map(([type, { schema }]): [string, Json] => [
        type,
        schema,
      ]);
      return { name: `${method} ${path}`, method: method.toUpperCase(), path, parameters, bodies, document };
    }),
  );
}

/**
 * Requests as they should be nearly, as they should not, and as nobody should; the same for the same seed.
 *
 * @param known ids of what there is, so that some requests get beyond the first check.
 */
export const probesOf = (operation: Operation, known: readonly string[], seed: number): Probe[] =>
  fc.sample(probe({ ...operation, known }), { numRuns: PROBES, seed });

interface Target extends Operation {
  known: readonly string[];
}

const probe = (operation: Target): fc.Arbitrary<Probe> =>
  fc
    .record({ path: pathOf(operation), query: queryOf(operation), content: contentOf(operation) })
    .map(({ path, query, content: [contentType, body] }) => ({
      method: operation.method,
      path: path + query,
      contentType: operation.method === 'GET' ? undefined : contentType,
      body: operation.method === 'GET' ? undefined : body,
    }));

/** Percent-encoded where that can be done: half a surrogate pair cannot. */
function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return '%ED%A0%80';
  }
}

const LONGEST_IN_PATH = 4000;
const segment = fc.oneof(
  fc.uuid(),
  fc.constantFrom(...NASTY_TEXTS).map((text) => encoded(text).slice(0, LONGEST_IN_PATH)),
  fc.constantFrom('%', '%ff', '%zz', '%2e%2e', '%2f', ';', ':id', '{id}', 'me', '0'),
);

const pathOf = ({ path, known }: Target) =>
  fc.array(fc.oneof(fc.constantFrom(...known), segment), { minLength: 4, maxLength: 4 }).map((segments) => {
    const left = [...segments];
    return path.replaceAll(/\{[^}]+\}/g, () => left.pop() || 'x');
  });

const queryValue = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom(...NASTY_TEXTS).map((text) => encoded(text).slice(0, LONGEST_IN_PATH)),
);

function queryOf({ parameters }: Operation): fc.Arbitrary<string> {
  const names = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const name = fc.constantFrom('', 'x', '__proto__', 'a[b]', ...names, ...names, ...names);
  return fc
    .array(fc.tuple(name, queryValue), { maxLength: 3 })
    .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map(([key, value]) => `${key}=${value}`).join('&')}`));
}

/** Text of a body, and its type. */
function contentOf({ bodies, document, known }: Target): fc.Arbitrary<[string | undefined, string | undefined]> {
  const json = bodies.find(([type]) => type.includes('json'))?.[1];
  const whole = json ? right(json, { document, known }, 0) : fc.constant({});
  const asJson = (value: unknown): [string, string] => ['application/json', JSON.stringify(value) ?? 'null'];
  return fc.oneof(
    { weight: 6, arbitrary: whole.map(asJson) },
    { weight: 2, arbitrary: nasty.map(asJson) },
    { weight: 1, arbitrary: fc.constantFrom(...MALFORMED) },
    { weight: 1, arbitrary: fc.constant<[undefined, undefined]>([undefined, undefined]) },
  );
}

const form = (lines: string[]) => ['--b', ...lines, '--b--', ''].join('\r\n');
const MALFORMED: [string, string][] = [
  ['application/json', '{'],
  ['application/json', ''],
  ['application/json', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ['application/json', '{"a":1,"a":2,"__proto__":{"admin":true}}'],
  ['application/json; charset=utf-32', '{}'],
  ['text/plain', 'hello'],
  ['application/x-www-form-urlencoded', 'a=1'],
  ['multipart/form-data', 'no boundary'],
  ['multipart/form-data; boundary=b', 'never begun'],
  ['multipart/form-data; boundary=b', form(['Content-Disposition: form-data; name="file"; filename="../x"', '', 'x'])],
  ['multipart/form-data; boundary=b', form(['Content-Disposition: form-data; name="__proto__"', '', '1'])],
];

/** What a schema asks for, each part of it right in most cases. */
function near(given: Json, world: World, depth: number): fc.Arbitrary<unknown> {
  if (depth > MOST_DEPTH) return nasty;
  return fc.oneof({ weight: 60, arbitrary: right(given, world, depth) }, { weight: 1, arbitrary: nasty });
}

/** What a schema's names stand for, and what there is. */
type World = Pick<Target, 'document' | 'known'>;

function right(given: Json, world: World, depth: number): fc.Arbitrary<unknown> {
  const schema = resolved(given, world.document);
  const below = (part: Json) => near(part, world, depth + 1);
  if (schema.allOf) return below(schema.allOf[0]);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map(below));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.type === 'string') return texts(schema, world.known);
  return (OF_TYPE[schema.type] ?? objects)(schema, below);
}

type Below = (part: Json) => fc.Arbitrary<unknown>;

const OF_TYPE: Record<string, (schema: Json, below: Below) => fc.Arbitrary<unknown>> = {
  integer: ({ minimum = -5, maximum = 1000 }) => fc.integer({ min: minimum, max: maximum }),
  number: ({ minimum = -5, maximum = 1000 }) => fc.double({ min: minimum, max: maximum, noNaN: true }),
  boolean: () => fc.boolean(),
  array: ({ items = {} }, below) => fc.array(below(items), { maxLength: 3 }),
};

function objects(schema: Json, below: Below): fc.Arbitrary<unknown> {
  const properties = Object.entries<Json>(schema.properties ?? {});
  if (properties.length === 0) return fc.oneof(fc.dictionary(fc.string(), nasty, { maxKeys: 3 }), nasty);
  const parts = Object.fromEntries(properties.map(([name, part]) => [name, below(part)]));
  return fc.record(parts, { requiredKeys: schema.required ?? [] });
}

function texts(
  { minLength = 0, maxLength = 100, format, example }: Json,
  known: readonly string[],
): fc.Arbitrary<string> {
  if (format === 'email') return fc.emailAddress();
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  const most = Math.max(minLength, Math.min(maxLength, 200));
  const free = fc.string({ unit: 'binary', minLength, maxLength: most });
  const edge = fc.constantFrom(Math.max(0, minLength - 1), maxLength, maxLength + 1);
  const told = typeof example === 'string' ? fc.constant(example) : fc.constantFrom(...known);
  return fc.oneof(
    { weight: 4, arbitrary: free },
    { weight: 4, arbitrary: told },
    { weight: 2, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: edge.map((length) => 'x'.repeat(Math.min(length, 100_000))) },
  );
}

function resolved(schema: Json, document: Json): Json {
  const name = /^#\/components\/schemas\/(.+)$/.exec(schema?.$ref ?? '')?.[1];
  return name ? document.components.schemas[name] : (schema ?? {});
}
