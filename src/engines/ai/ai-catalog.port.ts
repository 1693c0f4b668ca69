import type { AiEngine } from './ai.port.js';

/** The configured providers of language models. */
export abstract class AiCatalog {
  abstract readonly engines: readonly AiEngine[];
  /** The provider that answers when neither the request nor the personality names one. */
  abstract readonly default: AiEngine;
  /** By provider name; undefined when none is configured under it. */
  abstract get(provider: string): AiEngine | undefined;
}
