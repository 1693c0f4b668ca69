import { afterAll, afterEach, beforeAll } from 'vitest';
import { FallbackSttEngine } from '../../src/engines/speech/fallback-stt.engine.js';
import { FallbackTtsEngine } from '../../src/engines/speech/fallback-tts.engine.js';
import { OpenAiSttEngine, type OpenAiSttOptions } from '../../src/engines/speech/openai-stt.engine.js';
import { OpenAiTtsEngine, type OpenAiTtsOptions } from '../../src/engines/speech/openai-tts.engine.js';
import { SpeechGuard } from '../../src/engines/speech/speech-guard.js';
import { EngineCache } from '../../src/engines/resilience/engine-cache.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { guardTools, type MeasuredTools } from '../setup/guards.js';

/** Speech engines and the two simulated providers that they ask. */
export interface SpeechStage {
  provider: ProviderSimulator;
  second: ProviderSimulator;
  tools: MeasuredTools;
  stt(more?: Partial<OpenAiSttOptions>): OpenAiSttEngine;
  tts(more?: Partial<OpenAiTtsOptions>): OpenAiTtsEngine;
  /** Asks `provider` and then `second`. */
  chainedStt(more?: Partial<OpenAiSttOptions>, languages?: string[]): FallbackSttEngine;
  chainedTts(more?: Partial<OpenAiTtsOptions>): FallbackTtsEngine;
}

/** Each test finds the providers without scripts, faults and records. */
export function speechStage(): SpeechStage {
  const engines: { close(): Promise<void> }[] = [];
  const kept = <Engine extends { close(): Promise<void> }>(engine: Engine): Engine => {
    engines.push(engine);
    return engine;
  };
  const stage = {
    stt: (more) => kept(new OpenAiSttEngine({ ...sttOptions(stage.provider), ...more })),
    tts: (more) => kept(new OpenAiTtsEngine({ ...ttsOptions(stage.provider), ...more })),
    chainedStt: (more, languages = []) => {
      const candidate = (engine: OpenAiSttEngine) => ({
        engine,
        guard: new SpeechGuard('stt', engine.provider, stage.tools),
      });
      const other = stage.stt({ ...sttOptions(stage.second), provider: 'second', model: 'gpt-second' });
      return new FallbackSttEngine([
        { ...candidate(stage.stt(more)), languages },
        { ...candidate(other), languages: [] },
      ]);
    },
    chainedTts: (more) => {
      const candidate = (engine: OpenAiTtsEngine) => ({
        engine,
        guard: new SpeechGuard('tts', engine.provider, stage.tools),
      });
      const other = stage.tts({ ...ttsOptions(stage.second), provider: 'second', voice: 'other' });
      return new FallbackTtsEngine([candidate(stage.tts(more)), candidate(other)]);
    },
  } as SpeechStage;
  beforeAll(async () => {
    stage.provider = await startProviderSimulator();
    stage.second = await startProviderSimulator();
    stage.tools = guardTools({} as EngineCache);
  });
  afterEach(() => {
    stage.provider.reset();
    stage.second.reset();
  });
  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await Promise.all([stage.provider?.close(), stage.second?.close()]);
  });
  return stage;
}

/** Short deadlines only where a test waits for one; elsewhere a slow machine must not decide. */
const LONG = { timeoutMs: 20_000, idleTimeoutMs: 20_000 };

const sttOptions = ({ url }: ProviderSimulator): OpenAiSttOptions => ({
  provider: 'simulated',
  baseUrl: url,
  model: 'gpt-heard',
  timedModel: 'whisper-1',
  models: ['*'],
  recordingTimeoutMs: 20_000,
  ...LONG,
});

const ttsOptions = ({ url }: ProviderSimulator): OpenAiTtsOptions => ({
  provider: 'simulated',
  baseUrl: url,
  model: 'gpt-spoken',
  voice: 'alloy',
  models: ['*'],
  ...LONG,
});
