import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

/**
 * What OpenAI publishes of its Realtime protocol: the schemas of its OpenAPI document, as they are. Of which version, and
 * what was left out, is said in the file. Against the types of the `openai` package it differs so:
 * - A session that is told has `id` and `object`, may have `expires_at`, and null for what is off; the types have the shape of
 *   a request there.
 * - `languages` of what was heard are in the schemas alone.
 * - The types cannot tell a whole number from another, nor its range: `idle_timeout_ms` is 5000 to 30000.
 */
const FILE = path.resolve(import.meta.dirname, '../fixtures/openai/realtime.json');

// oxlint-disable-next-line typescript/no-explicit-any
type Schema = any;

const published: Schema = JSON.parse(readFileSync(FILE, 'utf8'));
const schemas: Record<string, Schema> = published.components.schemas;

/** The fields and values that are this server's own, as docs/realtime-openai.md has them. Nothing else is let through. */
const OURS = structuredClone(schemas);
const text = { type: 'string' };
OURS['RealtimeSessionCreateResponseGA'].properties.cozy = {
  type: 'object',
  required: ['call_id', 'session_id', 'personality_id'],
  properties: { call_id: text, session_id: text, personality_id: text },
};
const [serverVad] = OURS['RealtimeTurnDetection'].anyOf[0].oneOf;
Object.assign(serverVad.properties.idle_timeout_ms.anyOf[0], { minimum: 1000, maximum: 120_000 });

const ASKED = structuredClone(schemas);
// By the letter "auto" and "none" are not allowed: they fit both branches of a oneOf.
const { conversation } = ASKED['RealtimeResponseCreateParams'].properties;
ASKED['RealtimeResponseCreateParams'].properties.conversation = { anyOf: conversation.oneOf };

/** Objects whose fields are told have no others. */
function closed(schema: Schema): Schema {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const named = (name: string, from: Record<string, Schema>): Schema => ({
  $ref: `#/components/schemas/${name}`,
  components: { schemas: closed(from) },
});

const variantsOf = (union: string): Map<string, string> =>
  new Map(
    schemas[union].anyOf.map(({ $ref }: { $ref: string }) => {
      const name = $ref.split('/').at(-1) ?? '';
      return [schemas[name].properties.type.enum[0], name];
    }),
  );

const SERVER = variantsOf('RealtimeServerEvent');
const CLIENT = variantsOf('RealtimeClientEvent');
/** The types of all events that this server tells, and of all that a client may send. */
export const SERVER_EVENTS: readonly string[] = [...SERVER.keys()];
export const CLIENT_EVENTS: readonly string[] = [...CLIENT.keys()];

const validators = new Map<string, ReturnType<typeof ajv.compile>>();

/** What the schema of this name says against a value. */
function flawsOf(name: string, value: unknown, from: Record<string, Schema>): string[] {
  const validate = validators.get(name) ?? ajv.compile(named(name, from));
  validators.set(name, validate);
  if (validate(value)) return [];
  return [`${name}: ${ajv.errorsText(validate.errors)}\n  in ${JSON.stringify(value).slice(0, 600)}`];
}

/** What the published schemas say against these events, each of them one that this server may tell. */
export const serverEventFlaws = (events: readonly { type?: unknown }[]): string[] =>
  events.flatMap((event) => {
    const name = SERVER.get(String(event.type));
    return name === undefined ? [`There is no event ${String(event.type)}.`] : flawsOf(name, event, OURS);
  });

/** The same of what a client sends; nothing of ours is let through here. */
export const clientEventFlaws = (event: { type: string }): string[] =>
  flawsOf(CLIENT.get(event.type) ?? 'nothing', event, ASKED);

/** The same of POST `/v1/realtime/client_secrets`: what is asked, and what is answered. */
export const secretWishFlaws = (body: unknown): string[] => flawsOf('RealtimeCreateClientSecretRequest', body, ASKED);
export const secretFlaws = (body: unknown): string[] => flawsOf('RealtimeCreateClientSecretResponse', body, OURS);

/** All fields of a client's event: `session.audio.input.format.type`; those of lists without their place. */
export function fieldsOf(type: string): Set<string> {
  const found = new Set<string>();
  const walk = (schema: Schema, at: string): void => {
    if ('$ref' in schema) return walk(schemas[schema.$ref.split('/').at(-1)], at);
    for (const branch of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) walk(branch, at);
    if (schema.items) walk(schema.items, at);
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      const field = at === '' ? name : `${at}.${name}`;
      found.add(field);
      walk(inner, field);
    }
  };
  walk(schemas[CLIENT.get(type) ?? ''], '');
  return found;
}
