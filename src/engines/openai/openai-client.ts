import { OpenAI } from 'openai';
import type { OpenAiTransport } from './openai-transport.js';

export const OPENAI_BASE_URL = 'https://api.openai.com/v1';
/** Servers without keys ignore it; the SDK insists on one. */
const NO_KEY = 'none';

export interface OpenAiClientOptions {
  /** OpenAI's own where absent. */
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
  /** The longest of the caller's own deadlines: the SDK's must not end a request before them. */
  timeoutMs: number;
  headers?: Record<string, string> | undefined;
}

/** The official SDK on a transport of ours, deaf to the environment and without retries of its own. */
export function openAiClient(options: OpenAiClientOptions, transport: OpenAiTransport): OpenAI {
  return new OpenAI({
    baseURL: options.baseUrl ?? OPENAI_BASE_URL,
    apiKey: options.apiKey === undefined || options.apiKey === '' ? NO_KEY : options.apiKey,
    // Left out, the SDK would read these from the environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    fetch: transport.fetch,
    maxRetries: 0,
    // The engine's own deadlines are shorter; this one only must not fire before them.
    timeout: options.timeoutMs + 60_000,
    // It logs chunks that it cannot read, and those are people's words.
    logLevel: 'off',
    ...(options.headers && { defaultHeaders: options.headers }),
  });
}
