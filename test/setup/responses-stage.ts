import type { OpenAI } from 'openai';
import { beforeAll } from 'vitest';
import { conversationFor } from '../factories/conversation.js';
import { type Account, newAccount } from './account.js';
import { openAiClient } from './openai-client.js';
import type { SimulatedServer } from './simulated-server.js';

export const MODEL = 'gpt-4o-mini';

export const WEATHER: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'weather',
  description: null,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
};

export interface ResponsesStage {
  account: Account;
  client: OpenAI;
  /** A response whose text the model is told to give. */
  answer: (
    text: string,
    params: OpenAI.Responses.ResponseCreateParamsNonStreaming,
  ) => Promise<OpenAI.Responses.Response>;
  /** What the model was given at its request of that number, the system's left out. */
  heard: (index: number) => ReturnType<typeof conversationFor>;
  /** The same as text, the system's included. */
  sent: (index: number) => string;
}

/** Somebody who speaks the Responses API to a server, by the official SDK. */
export function responsesStage(stage: SimulatedServer): ResponsesStage {
  const parts = {
    heard: (index) => conversationFor(stage.provider.requests[index]),
    sent: (index) => JSON.stringify(stage.provider.requests[index]?.body['messages']),
    answer: async (text, params) => {
      stage.provider.script({ text });
      return parts.client.responses.create({ model: MODEL, ...params });
    },
  } as ResponsesStage;
  beforeAll(async () => {
    parts.account = await newAccount(stage.url);
    parts.client = openAiClient(stage.url, parts.account);
  });
  return parts;
}

/** The session that a response was made in. */
export const sessionOf = (response: object): string => (response as { cozy: { session_id: string } }).cozy.session_id;
