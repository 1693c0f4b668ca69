import { CozyError } from '../core/errors/cozy.error.js';
import type { Logger } from '../core/logging/logger.js';
import { withDeadline } from '../core/util/deadline.js';
import type { TextVector } from '../storage/memories/memory.repository.js';
import type { AiCatalog } from './ai/ai-catalog.port.js';
import type { AiEngine } from './ai/ai.port.js';

/** A provider that fails is left alone for so long: every turn would wait for it otherwise. */
const COOL_DOWN_MS = 30_000;
const MAX_DIMENSIONS = 8192;

/**
 * Vectors of texts, where a model makes some. A failure costs the vectors and nothing else: searches then go by words.
 */
export class TextEmbedder {
  private restUntil = 0;

  constructor(
    private readonly ai: AiCatalog,
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  /** One vector a text, of unit length; undefined where there are none to be had in time. */
  async embed(texts: readonly string[], deadlineMs: number, signal: AbortSignal): Promise<TextVector[] | undefined> {
    const engine = this.engine();
    if (engine === undefined || texts.length === 0 || this.now() < this.restUntil) return undefined;
    try {
      // An empty model name leaves the choice to the provider's configuration.
      const ask = (within: AbortSignal) => engine.embed({ model: '', input: [...texts] }, within);
      const { model, vectors } = await withDeadline(signal, deadlineMs, ask, () => new CozyError('ENGINE_TIMEOUT'));
      return vectors.map((vector) => ({ model: `${engine.provider}/${model}`, values: unitVector(vector) }));
    } catch (error) {
      signal.throwIfAborted();
      this.restUntil = this.now() + COOL_DOWN_MS;
      const code = error instanceof CozyError ? error.code : 'INTERNAL_ERROR';
      this.logger.warn('Texts go without vectors for a while', { code }, error);
      return undefined;
    }
  }

  /** The provider that answers, or another one; the rule-based demo's vectors know words only, which the search knows too. */
  private engine(): AiEngine | undefined {
    if (!this.ai.default.capabilities.instructions) return undefined;
    return [this.ai.default, ...this.ai.engines].find(
      ({ capabilities }) => capabilities.embeddings && capabilities.instructions,
    );
  }
}

function unitVector(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  if (vector.length > MAX_DIMENSIONS || !Number.isFinite(length) || length === 0) {
    throw new CozyError('ENGINE_BAD_RESPONSE');
  }
  return vector.map((value) => value / length);
}
