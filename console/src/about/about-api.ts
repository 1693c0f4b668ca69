import type { ApiClient } from '../api-client.js';
import type { Dataset, Fact, KnownDocument, Memory, NewDocument, Page, Passage } from './about-types.js';

const PAGE_SIZE = 30;
/** 25 MB over a slow line, and up to 30 s to read them. */
const UPLOAD_MS = 180_000;

const documentsPath = (dataset: string): string => `/v1/knowledge/${encodeURIComponent(dataset)}/documents`;

function pageQuery(cursor: string | null): string {
  return new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor ? { cursor } : {}) }).toString();
}

function uploadOf(document: NewDocument): unknown {
  if (!('file' in document)) return { text: document.text, ...(document.title && { title: document.title }) };
  const form = new FormData();
  form.append('file', document.file, document.file.name);
  return form;
}

/** What is known of the user: theirs to see, to correct and to delete. */
export class AboutApi {
  constructor(private readonly client: ApiClient) {}

  /** Newest first; with words to look for, the nearest first and one page of them. */
  memories(query: string, cursor: string | null, signal: AbortSignal): Promise<Page<Memory>> {
    const search = new URLSearchParams({ q: query, limit: String(PAGE_SIZE) }).toString();
    return this.client.json(`/v1/memories?${query ? search : pageQuery(cursor)}`, { signal });
  }

  async remember(text: string): Promise<void> {
    await this.client.json('/v1/memories', { method: 'POST', body: { text } });
  }

  async forget(id: string): Promise<void> {
    await this.client.json(`/v1/memories/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  async forgetAll(): Promise<void> {
    await this.client.json('/v1/memories', { method: 'DELETE' });
  }

  async facts(): Promise<Fact[]> {
    return (await this.client.json<Page<Fact>>('/v1/profile-facts')).items;
  }

  async setFact(key: string, value: string): Promise<void> {
    await this.client.json('/v1/profile-facts', { method: 'PUT', body: { key, value } });
  }

  /** Some keys hold several values: what was wrong must not stay beside what is right. */
  async correctFact({ id, key, value: wrong }: Fact, value: string): Promise<void> {
    await this.setFact(key, value);
    if (value === wrong) return;
    const left = await this.facts();
    if (left.some((fact) => fact.id === id && fact.value === wrong)) await this.removeFact(id);
  }

  async removeFact(id: string): Promise<void> {
    await this.client.json(`/v1/profile-facts/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  async datasets(): Promise<Dataset[]> {
    return (await this.client.json<Page<Dataset>>('/v1/knowledge')).items;
  }

  documents(dataset: string, cursor: string | null, signal: AbortSignal): Promise<Page<KnownDocument>> {
    return this.client.json(`${documentsPath(dataset)}?${pageQuery(cursor)}`, { signal });
  }

  document({ dataset, id }: KnownDocument): Promise<KnownDocument> {
    return this.client.json(`${documentsPath(dataset)}/${encodeURIComponent(id)}`);
  }

  addDocument(dataset: string, document: NewDocument): Promise<KnownDocument> {
    const body = uploadOf(document);
    return this.client.json(documentsPath(dataset), { method: 'POST', body, deadlineMs: UPLOAD_MS });
  }

  async removeDocument({ dataset, id }: KnownDocument): Promise<void> {
    await this.client.json(`${documentsPath(dataset)}/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  async searchDocuments(dataset: string, query: string): Promise<Passage[]> {
    const path = `/v1/knowledge/${encodeURIComponent(dataset)}/search`;
    return (await this.client.json<Page<Passage>>(path, { method: 'POST', body: { query } })).items;
  }
}
