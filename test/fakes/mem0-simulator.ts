import { randomUUID } from 'node:crypto';
import { JsonSimulator, likeness, type ServiceAnswer, type ServiceRequest } from './json-simulator.js';

interface Stored {
  id: string;
  memory: string;
  user_id: string;
  run_id: string | null;
  metadata: unknown;
  created_at: string;
}

export interface Mem0SimulatorOptions {
  apiKey?: string;
  hosted?: boolean;
}

/** Mem0: its open-source server, or the hosted platform's v3 API, where additions are done in the background. */
export class Mem0Simulator extends JsonSimulator {
  readonly stored: Stored[] = [];
  /** Puts `null` where real servers sometimes do. */
  withNulls = false;

  constructor(private readonly options: Mem0SimulatorOptions = {}) {
    super();
  }

  protected answer(request: ServiceRequest): ServiceAnswer {
    const route = `${request.method} ${request.path}`;
    if (route === 'GET /') return { status: 307, headers: { location: '/docs' } };
    if (this.refusesKey(request)) return { status: 401, body: { detail: 'Invalid API key.' } };
    return (this.options.hosted ?? false) ? this.hosted(route, request) : this.own(route, request);
  }

  private own(route: string, { method, path, query, body }: ServiceRequest): ServiceAnswer {
    if (route === 'POST /memories') return { body: { results: this.add(body) } };
    if (route === 'POST /search') return { body: this.search(body, body['user_id']) };
    if (route === 'DELETE /memories') {
      this.keep(({ user_id: owner }) => owner !== query['user_id']);
      return { body: { message: 'All relevant memories deleted' } };
    }
    const id = method === 'DELETE' ? /^\/memories\/([^/]+)$/.exec(path)?.[1] : undefined;
    if (id === undefined) return NOT_FOUND;
    const before = this.stored.length;
    this.keep((memory) => memory.id !== id);
    return before === this.stored.length ? NOT_FOUND : { body: { message: 'Memory deleted successfully' } };
  }

  private hosted(route: string, { body }: ServiceRequest): ServiceAnswer {
    if (route === 'POST /v3/memories/add/') {
      this.add(body);
      return { body: { message: 'Memory processing has been queued', status: 'PENDING', event_id: randomUUID() } };
    }
    if (route !== 'POST /v3/memories/search/') return NOT_FOUND;
    if ('user_id' in body) return { status: 400, body: { error: 'Entity ids belong into filters.' } };
    return { body: this.search(body, undefined) };
  }

  /** Remembers what users said, as the extraction of a model that finds all of it worth remembering. */
  private add(body: Record<string, unknown>): unknown[] {
    const messages = body['messages'] as { role: string; content: string }[];
    const added = messages
      .filter(({ role }) => role === 'user')
      .map(({ content }) => ({
        id: randomUUID(),
        memory: content,
        user_id: body['user_id'] as string,
        run_id: (body['run_id'] as string | undefined) ?? null,
        metadata: body['metadata'] ?? null,
        created_at: new Date().toISOString(),
      }));
    this.stored.push(...added);
    return added.map(({ id, memory }) => ({ id, memory, event: 'ADD' }));
  }

  private search(body: Record<string, unknown>, topLevel: unknown): unknown {
    const filters = body['filters'] as { user_id?: string } | undefined;
    const owner = filters?.user_id ?? topLevel;
    const query = body['query'] as string;
    const results = this.stored
      .filter(({ user_id: user }) => user === owner)
      .map((memory) => ({ ...memory, score: likeness(query, memory.memory) }))
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)
      .slice(0, body['top_k'] as number);
    if (!this.withNulls) return { results };
    const holes = results.map((memory) => ({ ...memory, metadata: null, score: null, created_at: null, run_id: null }));
    return { results: [null, { id: 'x', memory: null }, ...holes, null] };
  }

  private keep(stays: (memory: Stored) => boolean): void {
    this.stored.splice(0, this.stored.length, ...this.stored.filter(stays));
  }

  private refusesKey({ headers }: ServiceRequest): boolean {
    const { apiKey, hosted } = this.options;
    if (apiKey === undefined) return false;
    return (hosted ?? false) ? headers.authorization !== `Token ${apiKey}` : headers['x-api-key'] !== apiKey;
  }
}

const NOT_FOUND: ServiceAnswer = { status: 404, body: { detail: 'Not found' } };
