import { CozyError } from '../../src/core/errors/cozy.error.js';
import { AiCatalog } from '../../src/engines/ai/ai-catalog.port.js';
import { AiEngine, type AiEvent, type AiRequest, type EmbeddingRequest } from '../../src/engines/ai/ai.port.js';
import { ENGINE_API_VERSION } from '../../src/engines/engine-health.js';

/** A model whose answers and vectors a test decides. */
export class FakeAiEngine extends AiEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'fake';
  readonly capabilities = { tools: false, vision: false, embeddings: true, instructions: true };
  readonly defaultModel = 'fake-model';
  readonly contextWindow = 8192;
  /** What it was asked. */
  readonly requests: AiRequest[] = [];
  readonly embedded: string[] = [];
  /** The text of the next answers; undefined: every call fails. */
  answer: string | undefined;
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** Undefined: every call fails. */
  vectorOf: ((text: string) => number[]) | undefined;

  async *stream(request: AiRequest, signal: AbortSignal): AsyncIterable<AiEvent> {
    this.requests.push(request);
    await this.gate;
    if (signal.aborted) return;
    if (this.answer === undefined) {
      yield { type: 'error', error: new CozyError('ENGINE_UNAVAILABLE') };
      return;
    }
    yield { type: 'text-delta', text: this.answer };
    yield { type: 'finish', reason: 'stop', usage: null, model: 'fake-model' };
  }

  embed({ input }: EmbeddingRequest) {
    const { vectorOf } = this;
    if (vectorOf === undefined) return Promise.reject(new CozyError('ENGINE_UNAVAILABLE'));
    const texts = input.map(String);
    this.embedded.push(...texts);
    return Promise.resolve({ model: 'fake-embedding', vectors: texts.map(vectorOf), promptTokens: 0 });
  }

  models = () => Promise.resolve([this.defaultModel]);
  allows = () => true;
  health = () => Promise.resolve({ status: 'up' as const });
  close = () => Promise.resolve();
}

/** A catalog of one engine. */
export class OneEngineCatalog extends AiCatalog {
  readonly engines: readonly AiEngine[];
  readonly default: AiEngine;

  constructor(engine: AiEngine) {
    super();
    this.default = engine;
    this.engines = [engine];
  }

  get(provider: string): AiEngine | undefined {
    return provider === this.default.provider ? this.default : undefined;
  }
}
