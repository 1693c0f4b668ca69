import { afterAll, afterEach, beforeAll } from 'vitest';
import type { AiEvent } from '../../src/engines/ai/ai.port.js';
import { OpenAiEngine, type OpenAiEngineOptions } from '../../src/engines/ai/openai.engine.js';
import { type ProviderFault, type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { ask, collect, newSignal } from './ai.contract.js';

/** The OpenAI engine and the simulated provider that it asks, for the tests of a file. */
export interface OpenAiStage {
  provider: ProviderSimulator;
  engineWith(more?: Partial<OpenAiEngineOptions>): OpenAiEngine;
}

/** Each test finds the provider without scripts, faults and records. */
export function openAiStage(): OpenAiStage {
  const engines: OpenAiEngine[] = [];
  const stage = {
    engineWith: (more = {}) => {
      const engine = new OpenAiEngine({ ...optionsFor(stage.provider), ...more });
      engines.push(engine);
      return engine;
    },
  } as OpenAiStage;
  beforeAll(async () => {
    stage.provider = await startProviderSimulator();
  });
  afterEach(() => stage.provider.reset());
  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await stage.provider?.close();
  });
  return stage;
}

/** Short deadlines only where a test waits for one; elsewhere a slow machine must not decide. */
const optionsFor = (provider: ProviderSimulator): OpenAiEngineOptions => ({
  provider: 'simulated',
  baseUrl: provider.url,
  defaultModel: 'sim-model',
  embeddingModel: 'sim-embedding',
  allowedModels: ['*'],
  contextWindow: 8192,
  vision: false,
  firstTokenTimeoutMs: 20_000,
  idleTimeoutMs: 20_000,
  maxRetries: 0,
});

/** The answer to one short question. */
export const run = (engine: OpenAiEngine): Promise<AiEvent[]> =>
  collect(engine.stream(ask(engine, 'Hello'), newSignal()));

export const errorOf = (events: readonly AiEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'error' ? last.error : undefined;
};

/** The provider answers with this HTTP status. */
export const status = (
  code: number,
  more: Partial<Extract<ProviderFault, { kind: 'status' }>> = {},
): ProviderFault => ({
  kind: 'status',
  status: code,
  ...more,
});
