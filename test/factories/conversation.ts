import type { Account } from '../setup/account.js';
import type { ProviderRequest } from '../fakes/provider-simulator.js';

export const user = (content: unknown) => ({ role: 'user' as const, content });
export const assistant = (content: string) => ({ role: 'assistant' as const, content });

/** What a test needs to know of a stored message. */
export interface StoredMessage {
  id: string;
  role: string;
  content: string;
  metadata: Record<string, unknown>;
  created_at: string;
}

/**
 * A new session's id. It has a title unless told otherwise, as an untitled one asks the model for a title behind the
 * tests' back.
 */
export async function newSession(account: Account, fields: Record<string, unknown> = { title: 'A test' }) {
  const { status, body } = await account.call('POST', '/v1/sessions', fields);
  if (status !== 201) throw new Error(`a new session was answered ${status}: ${JSON.stringify(body)}`);
  return body.session_id as string;
}

/** One turn, not streamed. */
export const chat = (
  account: Account,
  sessionId: string | undefined,
  messages: unknown[],
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) =>
  account.call(
    'POST',
    '/v1/chat/completions',
    { messages, ...(sessionId !== undefined && { cozy: { session_id: sessionId } }), ...more },
    headers,
  );

export async function messagesOf(account: Account, sessionId: string): Promise<StoredMessage[]> {
  const { status, body } = await account.call('GET', `/v1/sessions/${sessionId}`);
  if (status !== 200) throw new Error(`the session was answered ${status}: ${JSON.stringify(body)}`);
  return body.messages as StoredMessage[];
}

/** What was said in a session, the welcome left out: `['user: Hello', 'assistant: Hi']`. */
export async function saidIn(account: Account, sessionId: string): Promise<string[]> {
  const messages = await messagesOf(account, sessionId);
  return messages.filter(({ metadata }) => !metadata['is_welcome']).map(({ role, content }) => `${role}: ${content}`);
}

/** The messages that the provider was given, the system's left out. */
export function conversationFor(request: ProviderRequest | undefined): { role: string; content: unknown }[] {
  const messages = (request?.body['messages'] ?? []) as { role: string; content: unknown }[];
  return messages.filter(({ role }) => role !== 'system');
}

/** The same as text: `['user: Hello']`. */
export const heardBy = (request: ProviderRequest | undefined): string[] =>
  conversationFor(request).map(({ role, content }) => `${role}: ${String(content)}`);

/** Every message with its place in the session, read by pages of one: a page's cursor is its last message's place. */
export async function placesIn(account: Account, sessionId: string): Promise<{ seq: number; text: string }[]> {
  const places: { seq: number; text: string }[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `limit=1${cursor === null ? '' : `&cursor=${cursor}`}`;
    const { body } = await account.call('GET', `/v1/chat/sessions/${sessionId}/messages?${query}`);
    cursor = body.next_cursor as string | null;
    const [message] = body.items as StoredMessage[];
    if (message) places.push({ seq: Number(cursor), text: `${message.role}: ${message.content}` });
  } while (cursor !== null);
  return places;
}
