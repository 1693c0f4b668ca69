import { createHash, randomUUID } from 'node:crypto';
import { JsonSimulator, likeness, type ServiceAnswer, type ServiceRequest } from './json-simulator.js';

interface Chunk {
  id: string;
  text: string;
  document_name: string;
  chunk_index: number;
}

export interface CogneeSimulatorOptions {
  username?: string;
  password?: string;
  token?: string;
}

/** Cognee: signs in by cookie, takes files, makes them searchable in the background (here: at once). */
export class CogneeSimulator extends JsonSimulator {
  readonly added = new Map<string, Chunk[]>();
  readonly searchable = new Map<string, Chunk[]>();
  readonly cookies = new Set<string>();
  logins = 0;
  /** How answers look: with access control one entry a dataset, without it one list. */
  accessControl = true;
  withNulls = false;

  constructor(private readonly options: CogneeSimulatorOptions = {}) {
    super();
  }

  /** As when sessions end. */
  forgetSignIns(): void {
    this.cookies.clear();
  }

  protected answer(request: ServiceRequest): ServiceAnswer {
    const route = `${request.method} ${request.path}`;
    if (route === 'GET /') return { body: { message: 'Hello, World, I am alive!' } };
    if (route === 'POST /api/v1/auth/login') return this.login(request);
    if (!this.knows(request)) return { status: 401, body: { detail: 'Unauthorized' } };
    if (route === 'POST /api/v1/add') return this.add(request);
    if (route === 'POST /api/v1/cognify') return this.cognify(request);
    if (route === 'POST /api/v1/search') return this.search(request);
    if (route === 'GET /api/v1/datasets') return this.list();
    if (request.method === 'DELETE') return this.remove(/^\/api\/v1\/datasets\/([^/]+)$/.exec(request.path)?.[1]);
    return { status: 404, body: { detail: 'Not Found' } };
  }

  private login({ text, headers }: ServiceRequest): ServiceAnswer {
    this.logins++;
    const form = new URLSearchParams(text);
    const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
    const { username, password } = this.options;
    if (!isForm || form.get('username') !== username || form.get('password') !== password) {
      return { status: 400, body: { detail: 'LOGIN_BAD_CREDENTIALS' } };
    }
    const cookie = randomUUID();
    this.cookies.add(cookie);
    return {
      status: 204,
      headers: { 'set-cookie': `auth_token=${cookie}; HttpOnly; Max-Age=3600; Path=/; SameSite=lax` },
    };
  }

  private knows({ headers }: ServiceRequest): boolean {
    const { username, token } = this.options;
    if (token !== undefined) return headers.authorization === `Bearer ${token}`;
    if (username === undefined) return true;
    return this.cookies.has(/auth_token=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '');
  }

  private add({ text, headers }: ServiceRequest): ServiceAnswer {
    const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] ?? '';
    const parts = text.split(`--${boundary}`);
    const part = (name: string) => parts.find((candidate) => candidate.includes(`name="${name}"`)) ?? '';
    const content = (name: string) => part(name).split('\r\n\r\n').slice(1).join('\r\n\r\n').replace(/\r\n$/, '');
    const dataset = content('datasetName');
    const fileName = /filename="([^"]*)"/.exec(part('data'))?.[1] ?? '';
    if (dataset === '' || fileName === '' || /[ .]/.test(dataset)) return { status: 409, body: { error: 'bad data' } };
    const chunks = content('data')
      .split('\n\n')
      .map((piece, index) => ({
        id: randomUUID(),
        text: piece,
        document_name: fileName,
        chunk_index: index,
      }));
    this.added.set(dataset, [...(this.added.get(dataset) ?? []), ...chunks]);
    return { body: { status: 'PipelineRunCompleted', dataset_name: dataset } };
  }

  private cognify({ body }: ServiceRequest): ServiceAnswer {
    for (const name of body['datasets'] as string[]) this.searchable.set(name, this.added.get(name) ?? []);
    return { body: { status: 'PipelineRunStarted', run_in_background: body['run_in_background'] } };
  }

  private list(): ServiceAnswer {
    const createdAt = new Date().toISOString();
    const datasets = [...this.added.keys()].map((name) => ({ id: idOf(name), name, createdAt, updatedAt: null }));
    return { body: this.withNulls ? [null, { id: null, name: null }, ...datasets] : datasets };
  }

  private remove(id: string | undefined): ServiceAnswer {
    const name = [...this.added.keys()].find((known) => idOf(known) === id);
    if (name === undefined) return { status: 404, body: { message: 'Dataset not found.' } };
    this.added.delete(name);
    this.searchable.delete(name);
    return { body: null };
  }

  private search({ body }: ServiceRequest): ServiceAnswer {
    const known = (body['datasets'] as string[]).filter((name) => this.searchable.has(name));
    if (known.length === 0) return { status: 404, body: { error: 'DatasetNotFoundError' } };
    const query = body['query'] as string;
    const best = (chunks: Chunk[]) =>
      chunks
        .filter(({ text }) => likeness(query, text) > 0)
        .toSorted((a, b) => likeness(query, b.text) - likeness(query, a.text))
        .slice(0, body['top_k'] as number);
    const hole = this.withNulls ? [null] : [];
    if (!this.accessControl)
      return { body: [...hole, ...best(known.flatMap((name) => this.searchable.get(name) ?? []))] };
    const entries = known.map((name) => ({
      search_result: this.withNulls ? null : best(this.searchable.get(name) ?? []),
      dataset_id: randomUUID(),
      dataset_name: name,
    }));
    return { body: [...hole, ...entries] };
  }
}

const idOf = (dataset: string): string => createHash('sha256').update(dataset).digest('hex').slice(0, 32);
