import { OpenAI } from 'openai';
import type { Account } from './account.js';

/** The official SDK, pointed at a server of ours. It asks once: its own retries would hide failures. */
export const openAiClient = (url: string, { token }: Pick<Account, 'token'>): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });

/** The engine's own fields, spread into a request: the SDK's types do not know them. */
export const inSession = (sessionId: string) => ({ cozy: { session_id: sessionId } });
