import { CozyError } from '../../../core/errors/cozy.error.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import { healthOf } from '../../engine-probe.js';
import { statusOf } from '../../http-errors.js';
import { JsonHttp, type JsonHttpAnswer, type JsonHttpRequest } from '../../http-json.js';
import { KnowledgeEngine, type NewDocument, type Passage, type StoredDocument } from '../knowledge.port.js';
import { datasetsOf, passagesOf } from './cognee-answers.js';
import { cogneeDataset, cogneeFileName, cogneeOwner } from './cognee-names.js';
import { type CogneeCredentials, CogneeSignIn } from './cognee-sign-in.js';

export interface CogneeOptions {
  baseUrl: string;
  /** A token, or credentials to sign in with; a service may also be open. */
  apiToken?: string;
  credentials?: CogneeCredentials;
  timeoutMs: number;
  writeTimeoutMs: number;
}

/** Cognee. It makes its graph in the background: a document is found some time after it was added. */
export class CogneeKnowledgeEngine extends KnowledgeEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'cognee';
  readonly isRemote = true;
  private readonly http: JsonHttp;
  private readonly signIn: CogneeSignIn | undefined;

  constructor(private readonly options: CogneeOptions) {
    super();
    const { baseUrl, timeoutMs, apiToken, credentials } = options;
    this.http = new JsonHttp({
      service: 'knowledge service',
      baseUrl,
      timeoutMs,
      headers: apiToken === undefined ? {} : { authorization: `Bearer ${apiToken}` },
      // Cognee tells its own failures so.
      codes: { 409: 'ENGINE_UNAVAILABLE' },
    });
    if (apiToken === undefined && credentials !== undefined) {
      this.signIn = new CogneeSignIn(this.http, credentials);
    }
  }

  async search(
    query: string,
    userId: string,
    datasets: readonly string[],
    topK: number,
    signal: AbortSignal,
  ): Promise<Passage[]> {
    if (datasets.length === 0) return [];
    const names = new Map(
      datasets.flatMap((name) => [userId, null].map((ownerId) => [cogneeDataset({ ownerId, name }), name] as const)),
    );
    const request: JsonHttpRequest = {
      method: 'POST',
      path: '/api/v1/search',
      json: { query, search_type: 'CHUNKS', top_k: topK, datasets: [...names.keys()] },
    };
    const answer = await this.send(request, signal).catch((error: unknown) => {
      // None of the datasets exists yet.
      if (statusOf(error) === 404) return { body: [] };
      throw error;
    });
    const passages = passagesOf(answer.body, names);
    if (passages === undefined) throw this.http.error('ENGINE_BAD_RESPONSE', request, new Error('It is no list.'));
    return passages.slice(0, topK);
  }

  /** At least once: the document's id is in the file's name, and what the service already holds it does not add. */
  async add(document: NewDocument, signal: AbortSignal): Promise<StoredDocument> {
    const dataset = cogneeDataset(document.dataset);
    const multipart = new FormData();
    // A copy, as a Blob wants to know that its memory is not shared.
    multipart.set(
      'data',
      new Blob([new Uint8Array(document.body)], { type: document.contentType }),
      cogneeFileName(document),
    );
    multipart.set('datasetName', dataset);
    const timeoutMs = this.options.writeTimeoutMs;
    await this.send({ method: 'POST', path: '/api/v1/add', multipart, timeoutMs }, signal);
    const json = { datasets: [dataset], run_in_background: true };
    await this.send({ method: 'POST', path: '/api/v1/cognify', json, timeoutMs }, signal);
    const { id, title, contentType } = document;
    return { id, dataset: document.dataset.name, title, contentType, chunks: 0, createdAt: new Date() };
  }

  list(): Promise<{ items: StoredDocument[]; nextCursor: string | null }> {
    return Promise.reject(unsupported('The knowledge service cannot list documents here; use its own pages.'));
  }

  remove(): Promise<boolean> {
    return Promise.reject(unsupported('The knowledge service cannot delete documents here; use its own pages.'));
  }

  async removeAll(userId: string, signal: AbortSignal): Promise<void> {
    const request: JsonHttpRequest = { method: 'GET', path: '/api/v1/datasets' };
    const { body } = await this.send(request, signal);
    const datasets = datasetsOf(body);
    if (datasets === undefined) throw this.http.error('ENGINE_BAD_RESPONSE', request, new Error('It is no list.'));
    const prefix = cogneeOwner(userId);
    for (const { id, name } of datasets) {
      if (name.startsWith(prefix)) await this.removeDataset(id, signal);
    }
  }

  health(signal: AbortSignal): Promise<EngineHealth> {
    const { signIn } = this;
    if (signIn !== undefined) return healthOf(() => signIn.signIn(signal), signal);
    return healthOf(() => this.http.send({ method: 'GET', path: '/', expect: 'any' }, signal), signal);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async removeDataset(id: string, signal: AbortSignal): Promise<void> {
    const path = `/api/v1/datasets/${encodeURIComponent(id)}`;
    try {
      await this.send({ method: 'DELETE', path, timeoutMs: this.options.writeTimeoutMs }, signal);
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }

  private send(request: JsonHttpRequest, signal: AbortSignal): Promise<JsonHttpAnswer> {
    return (this.signIn ?? this.http).send(request, signal);
  }
}

const unsupported = (message: string) => new CozyError('ENGINE_UNSUPPORTED', { message });
