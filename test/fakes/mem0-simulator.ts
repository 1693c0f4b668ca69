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
    const isHosted = this.options.hosted ?? false;
    const removed = request.method === 'DELETE' ? this.remove(isHosted ? '/v1/memories/' : '/memories', request) : null;
    return removed ?? (isHosted ? this.hosted(route, request) : this.own(route, request));
  }

  /** All that the query narrows down under `base`, or the one whose id stands behind it. */
  private remove(base: string, { path, query }: ServiceRequest): ServiceAnswer {
    if (path === base) return this.removeWhere(query) ? DELETED : UNSCOPED;
    const id = path.startsWith(base) ? path.slice(base.length).replaceAll('/', '') : '';
    return this.removeOne(id) ? DELETED : NOT_FOUND;
  }

  private own(route: string, { query, body }: ServiceRequest): ServiceAnswer {
    if (route === 'POST /memories') return { body: { results: this.add(body) } };
    if (route === 'POST /search') return { body: this.search(body, body['user_id']) };
    if (route === 'GET /memories') {
      const own = this.stored.filter(({ user_id: owner }) => owner === query['user_id']);
      return { body: { results: own.slice(0, Number(query['top_k'] ?? 100)) } };
    }
    return NOT_FOUND;
  }

  private hosted(route: string, { query, body }: ServiceRequest): ServiceAnswer {
    if (route === 'POST /v3/memories/') return this.page(body, Number(query['page']), Number(query['page_size']));
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

  private page({ filters, ...rest }: Record<string, unknown>, page: number, size: number): ServiceAnswer {
    if ('user_id' in rest) return { status: 400, body: { error: 'Entity ids belong into filters.' } };
    const { user_id: owner } = filters as { user_id: string };
    const own = this.stored.filter((memory) => memory.user_id === owner).toReversed();
    const results = own.slice((page - 1) * size, page * size);
    return { body: { count: own.length, next: null, previous: null, results } };
  }

  private removeOne(id: string): boolean {
    const before = this.stored.length;
    this.keep((memory) => memory.id !== id);
    return before !== this.stored.length;
  }

  /** False where nothing narrows it: everybody's memories are not deleted. */
  private removeWhere({ user_id: owner, run_id: run }: Record<string, string>): boolean {
    if (owner === undefined && run === undefined) return false;
    const meant = (memory: Stored) =>
      (owner === undefined || owner === '*' || memory.user_id === owner) &&
      (run === undefined || memory.run_id === run);
    this.keep((memory) => !meant(memory));
    return true;
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

const DELETED: ServiceAnswer = { body: { message: 'Memories deleted successfully!' } };
const UNSCOPED: ServiceAnswer = { status: 400, body: { detail: 'At least one identifier is required.' } };
const NOT_FOUND: ServiceAnswer = { status: 404, body: { detail: 'Not found' } };
