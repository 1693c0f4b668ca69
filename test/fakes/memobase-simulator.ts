import { randomUUID } from 'node:crypto';
import { JsonSimulator, type ServiceAnswer, type ServiceRequest } from './json-simulator.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

interface Person {
  buffer: string[];
  facts: { id: string; content: string; created_at: string; updated_at: string; attributes: unknown }[];
}

export interface StoredBlob {
  uid: string;
  body: Record<string, unknown>;
}

/** Memobase: failures come as HTTP 200 with an `errno`; what is inserted is known after the buffer was worked on. */
export class MemobaseSimulator extends JsonSimulator {
  readonly people = new Map<string, Person>();
  readonly blobs: StoredBlob[] = [];
  /** Where set, extraction waits for it before it answers. */
  slowExtraction: Promise<void> | undefined;
  withNulls = false;

  constructor(private readonly apiKey = 'memobase-key') {
    super();
  }

  protected answer(request: ServiceRequest): ServiceAnswer | Promise<ServiceAnswer> {
    const { method, path, headers, body } = request;
    if (headers.authorization !== `Bearer ${this.apiKey}`) return { status: 401, body: errno(401) };
    const route = `${method} ${path.replace(/^\/api\/v1/, '')}`;
    if (route === 'GET /healthcheck') return { body: ok(null) };
    if (route === 'POST /users') return this.create(body['id']);
    return method === 'DELETE' ? this.remove(route) : this.ofPerson(route, request);
  }

  private ofPerson(route: string, request: ServiceRequest): ServiceAnswer | Promise<ServiceAnswer> {
    const [, action = '', uid = ''] =
      /^(POST \/blobs\/insert|POST \/users\/buffer|GET \/users\/profile|GET \/users\/context)\/([^/]+)/.exec(route) ??
      [];
    if (action === '') return { status: 404, body: { detail: 'Not Found' } };
    if (!UUID_V4.test(uid)) return { status: 422, body: { detail: [{ type: 'uuid_parsing' }] } };
    const person = this.people.get(uid);
    if (person === undefined) return { body: errno(404) };
    return this.about(action, uid, person, request);
  }

  private create(id: unknown): ServiceAnswer {
    if (typeof id !== 'string' || !UUID_V4.test(id)) return { status: 422, body: { detail: [] } };
    if (this.people.has(id)) return { body: errno(409) };
    this.people.set(id, { buffer: [], facts: [] });
    return { body: ok({ id }) };
  }

  /** A profile that is not there is deleted as one that is. */
  private remove(route: string): ServiceAnswer {
    const [, uid = '', profileId] = /^DELETE \/users\/(?:profile\/)?([^/]+)(?:\/([^/]+))?$/.exec(route) ?? [];
    const person = this.people.get(uid);
    if (person === undefined) return { body: errno(404) };
    if (profileId === undefined) this.people.delete(uid);
    else person.facts = person.facts.filter(({ id }) => id !== profileId);
    return { body: ok(null) };
  }

  private async about(action: string, uid: string, person: Person, request: ServiceRequest): Promise<ServiceAnswer> {
    switch (action) {
      case 'POST /blobs/insert': {
        const { messages } = request.body['blob_data'] as { messages: { role: string; content: string }[] };
        this.blobs.push({ uid, body: request.body });
        person.buffer.push(...messages.filter(({ role }) => role === 'user').map(({ content }) => content));
        return { body: ok({ id: randomUUID(), chat_results: null }) };
      }
      case 'POST /users/buffer':
        await this.slowExtraction;
        person.facts.push(...person.buffer.splice(0).map(fact));
        return { body: ok([]) };
      case 'GET /users/profile':
        return {
          body: ok({ profiles: this.withNulls ? [null, { id: 'x', content: null }, ...person.facts] : person.facts }),
        };
      default:
        return { body: ok({ context: this.withNulls ? null : contextOf(person) }) };
    }
  }
}

const fact = (content: string) => {
  const now = new Date().toISOString();
  return {
    id: randomUUID(),
    content,
    created_at: now,
    updated_at: now,
    attributes: { topic: 'said', sub_topic: 'lately' },
  };
};

const contextOf = ({ facts }: Person): string =>
  facts.length === 0 ? '' : ['# Memory', ...facts.map(({ content }) => `- said::lately: ${content}`)].join('\n');

const ok = (data: unknown) => ({ data, errno: 0, errmsg: '' });
export const errno = (number: number) => ({ data: null, errno: number, errmsg: 'sim-secret-91b2 service internals' });
