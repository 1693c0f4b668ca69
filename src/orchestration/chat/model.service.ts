import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import type { EmbeddingRequest, EmbeddingResult } from '../../engines/ai/ai.port.js';
import { PersonalityService } from '../personalities/personality.service.js';
import { PERSONALITY_MODEL_PREFIX } from './turn-plan.service.js';

export interface ModelEntry {
  id: string;
  ownedBy: string;
}

const LIST_DEADLINE_MS = 3000;
const EMBEDDING_DEADLINE_MS = 60_000;

/** The models on offer, and embeddings. */
@Injectable()
export class ModelService {
  constructor(
    private readonly ai: AiCatalog,
    private readonly personalities: PersonalityService,
    private readonly metrics: ChatMetrics,
    private readonly logger: Logger,
  ) {}

  /** The engines' models, and each personality as `cozy/<id>`. */
  async list(): Promise<ModelEntry[]> {
    const signal = AbortSignal.timeout(LIST_DEADLINE_MS);
    const engines = await Promise.all(
      this.ai.engines.map(async (engine) =>
        (await engine.models(signal)).map((id) => ({ id, ownedBy: engine.provider })),
      ),
    );
    const companions = this.personalities
      .list()
      .map((personality) => ({ id: PERSONALITY_MODEL_PREFIX + personality.id, ownedBy: 'cozyengine' }));
    return [...companions, ...engines.flat()];
  }

  async get(id: string): Promise<ModelEntry> {
    const entry = (await this.list()).find((model) => model.id === id);
    if (!entry) throw new CozyError('RESOURCE_MODEL_NOT_FOUND', { param: 'model' });
    return entry;
  }

  async embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingResult> {
    const engine = [this.ai.default, ...this.ai.engines].find((candidate) => candidate.allows(request.model));
    if (!engine) throw new CozyError('RESOURCE_MODEL_NOT_FOUND', { param: 'model' });
    try {
      const result = await engine.embed(request, AbortSignal.any([signal, AbortSignal.timeout(EMBEDDING_DEADLINE_MS)]));
      this.metrics.engineCall('ai', engine.provider, 'ok');
      this.metrics.tokens(engine.provider, result.model, result.promptTokens, 0);
      return result;
    } catch (error) {
      const code = error instanceof CozyError ? error.code : 'INTERNAL_ERROR';
      this.metrics.engineCall('ai', engine.provider, code);
      this.logger.warn('Embedding failed', { code, provider: engine.provider }, error);
      throw error;
    }
  }
}
