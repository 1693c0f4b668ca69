import type { ApiClient } from './api-client.js';
import type { Personality, SearchPage, SessionDetail, SessionList, SessionSummary, TokenAnswer } from './api-types.js';
import { type ChatPart, chatParts } from './chat-stream.js';
import { within } from './deadline.js';
import { toTokens, type TokenStore } from './token-store.js';

const FIRST_BYTE_MS = 60_000;

export interface ChatRequest {
  sessionId: string;
  personalityId: string;
  text: string;
}

/** The routes this page uses, one method each. */
export class CozyApi {
  constructor(
    private readonly client: ApiClient,
    private readonly tokens: TokenStore,
  ) {}

  async register(username: string, email: string, password: string): Promise<void> {
    const answer = await this.client.publicJson<TokenAnswer>('/v1/users/register', { username, email, password });
    this.tokens.write(toTokens(answer));
  }

  /** @param code of the second factor; empty while none was asked for. */
  async login(username: string, password: string, code: string): Promise<void> {
    const body = { username, password, ...(code !== '' && { code }) };
    const answer = await this.client.publicJson<TokenAnswer>('/v1/users/login', body);
    this.tokens.write(toTokens(answer));
  }

  async logout(): Promise<void> {
    // The request takes its token before the first await, so the page can forget it at once.
    const revoked = this.client.json('/v1/auth/logout', { method: 'POST' });
    this.tokens.write(null);
    // Offline or already expired: the tokens are gone from this browser all the same.
    await revoked.catch(() => undefined);
  }

  /** A request that anybody who is signed in may make: an expired token is renewed with it. */
  async renewToken(): Promise<void> {
    await this.client.json('/v1/users/me');
  }

  async personalities(): Promise<Personality[]> {
    const answer = await this.client.json<Personality[] | { data: Personality[] }>('/v1/personalities');
    return Array.isArray(answer) ? answer : answer.data;
  }

  sessions(): Promise<SessionList> {
    return this.client.json('/v1/sessions?sort=last_message_at&order=desc');
  }

  createSession(personalityId: string): Promise<SessionSummary> {
    return this.client.json('/v1/sessions', { method: 'POST', body: { personality_id: personalityId } });
  }

  session(id: string, signal: AbortSignal): Promise<SessionDetail> {
    return this.client.json(`/v1/sessions/${encodeURIComponent(id)}`, { signal });
  }

  async rename(id: string, title: string): Promise<void> {
    await this.client.json(`/v1/sessions/${encodeURIComponent(id)}`, { method: 'PUT', body: { title } });
  }

  async remove(id: string): Promise<void> {
    await this.client.json(`/v1/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
  }

  search(query: string, cursor: string | null, signal: AbortSignal): Promise<SearchPage> {
    const params = new URLSearchParams({ q: query, ...(cursor ? { cursor } : {}) });
    return this.client.json(`/v1/messages/search?${params.toString()}`, { signal });
  }

  async *chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatPart> {
    const body = {
      model: `cozy/${request.personalityId}`,
      // Only the new message: with a session id the server's own history is the truth.
      messages: [{ role: 'user', content: request.text }],
      stream: true,
      stream_options: { include_usage: true },
      cozy: { session_id: request.sessionId, personality_id: request.personalityId },
    };
    const answer = this.client.open('/v1/chat/completions', { method: 'POST', body, signal });
    yield* chatParts(await within(answer, FIRST_BYTE_MS));
  }
}
