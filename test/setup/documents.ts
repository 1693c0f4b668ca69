import { expect } from 'vitest';
import type { Account, Answer } from './account.js';

export const SOON = { timeout: 15_000, interval: 100 };

export interface SentFile {
  content: Buffer | string;
  name: string;
  fields?: Record<string, string>;
  headers?: Record<string, string>;
}

/** Sends a file as a browser's form does. */
export async function addFile(url: string, { token }: Account, route: string, file: SentFile): Promise<Answer> {
  const { content, name, fields = {}, headers = {} } = file;
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set('file', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), name);
  const response = await fetch(url + route, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, ...headers },
    body: form,
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

/** The document, once it can be found. */
export async function readyDocument(account: Account, dataset: string, id: string): Promise<Answer['body']> {
  const read = async () => (await account.call('GET', `/v1/knowledge/${dataset}/documents/${id}`)).body;
  await expect.poll(read, SOON).toMatchObject({ status: 'ready' });
  return read();
}
