import type { AiSection, OpenAiSection } from '../../core/config/sections/engines.section.js';
import { isTracing } from '../../core/tracing/tracing.js';
import { AiCatalog } from './ai-catalog.port.js';
import type { AiEngine } from './ai.port.js';
import { DemoEngine } from './demo.engine.js';
import type { OpenAiEngineOptions } from './openai.engine.js';
import { TracedAiEngine } from './traced-ai.engine.js';

const optionsOf = (provider: string, section: OpenAiSection): OpenAiEngineOptions => ({
  provider,
  baseUrl: section.base_url,
  apiKey: section.api_key,
  defaultModel: section.default_model,
  embeddingModel: section.embedding_model,
  allowedModels: section.models,
  contextWindow: section.context_window,
  vision: section.vision,
  firstTokenTimeoutMs: section.first_token_timeout_ms,
  idleTimeoutMs: section.idle_timeout_ms,
  maxRetries: section.max_retries,
  headers: section.headers,
});

/** Loaded only where there are any: the SDK is large. */
async function realEngines(section: AiSection): Promise<AiEngine[]> {
  const openAiGiven = Boolean(section.openai.api_key ?? section.openai.base_url) || section.provider === 'openai';
  const given = [
    ...(openAiGiven ? [optionsOf('openai', section.openai)] : []),
    ...section.others.map((other) => optionsOf(other.name, other)),
  ];
  if (given.length === 0) return [];
  const { OpenAiEngine } = await import('./openai.engine.js');
  return given.map((options) => watched(new OpenAiEngine(options)));
}

const watched = (engine: AiEngine): AiEngine => (isTracing() ? new TracedAiEngine(engine) : engine);

/** The providers that the configuration names. The demo is always among them, and answers where nothing else is set. */
export class ConfiguredAi extends AiCatalog {
  readonly engines: readonly AiEngine[];
  readonly default: AiEngine;

  private constructor(section: AiSection, real: readonly AiEngine[]) {
    super();
    const demo = watched(new DemoEngine({ tokenDelayMs: section.demo.token_delay_ms }));
    const chosen = section.provider === 'auto' ? real[0] : this.among([...real, demo], section.provider);
    this.default = chosen ?? demo;
    // Where a real model answers, nobody is to talk to the demo by mistake.
    this.engines = this.default === demo || section.provider === 'demo' ? [...real, demo] : real;
  }

  static async of(section: AiSection): Promise<ConfiguredAi> {
    return new ConfiguredAi(section, await realEngines(section));
  }

  get(provider: string): AiEngine | undefined {
    return this.among(this.engines, provider);
  }

  private among(engines: readonly AiEngine[], provider: string): AiEngine | undefined {
    return engines.find((engine) => engine.provider === provider);
  }
}
