import { DemoEngine } from '../../src/engines/ai/demo.engine.js';
import { OpenAiEngine, type OpenAiEngineOptions } from '../../src/engines/ai/openai.engine.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { describeAiContract } from './ai.contract.js';

const SLOW = { text: 'one two three four five six seven eight nine ten eleven twelve', tokenDelayMs: 40 };
const TOOL_CALL = { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Lisbon"}' }] };

const slowDemo = () => new DemoEngine({ tokenDelayMs: 5 });

const optionsFor = (provider: ProviderSimulator): OpenAiEngineOptions => ({
  provider: 'simulated',
  baseUrl: provider.url,
  apiKey: 'sk-test',
  defaultModel: 'sim-model',
  embeddingModel: 'sim-embedding',
  allowedModels: ['sim-model', 'sim-large'],
  contextWindow: 8192,
  vision: true,
  firstTokenTimeoutMs: 20_000,
  idleTimeoutMs: 20_000,
  maxRetries: 0,
});

describeAiContract('DemoEngine', () => {
  const engine = slowDemo();
  return Promise.resolve({
    engine,
    prepareSlow: () => undefined,
    prepareToolCall: () => undefined,
    prepareEcho: () => undefined,
    another: slowDemo,
    dispose: () => engine.close(),
  });
});

describeAiContract('OpenAiEngine', async () => {
  const provider = await startProviderSimulator({ apiKey: 'sk-test' });
  const engine = new OpenAiEngine(optionsFor(provider));
  return {
    engine,
    prepareSlow: () => provider.script(SLOW),
    prepareToolCall: () => provider.script(TOOL_CALL),
    prepareEcho: () => provider.setAnswer({ echo: true }),
    another: () => new OpenAiEngine(optionsFor(provider)),
    dispose: async () => {
      await engine.close();
      await provider.close();
    },
  };
});
