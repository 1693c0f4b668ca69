import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import { newId } from '../../core/util/ids.js';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import type { EmbeddingRequest, EmbeddingResult } from '../../engines/ai/ai.port.js';
import { NO_PERSONALITY, UsageRepository } from '../../storage/usage/usage.repository.js';
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
    private readonly usage: UsageRepository,
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

  /** The vectors, whose tokens are counted for the user. Throws as the engine does, or RESOURCE_MODEL_NOT_FOUND. */
  async embed(request: EmbeddingRequest, userId: string, signal: AbortSignal): Promise<EmbeddingResult> {
    const engine = [this.ai.default, ...this.ai.engines].find((candidate) => candidate.allows(request.model));
    if (!engine) throw new CozyError('RESOURCE_MODEL_NOT_FOUND', { param: 'model' });
    try {
      const result = await engine.embed(request, AbortSignal.any([signal, AbortSignal.timeout(EMBEDDING_DEADLINE_MS)]));
      this.metrics.engineCall('ai', engine.provider, 'ok');
      await this.count(engine.provider, request.model, result.promptTokens, userId);
      return result;
    } catch (error) {
      const code = error instanceof CozyError ? error.code : 'INTERNAL_ERROR';
      this.metrics.engineCall('ai', engine.provider, code);
      this.logger.warn('Embedding failed', { code, provider: engine.provider }, error);
      throw error;
    }
  }

  /** By the name that was asked for, as chats are: prices have it. Vectors that cannot be counted are given all the same. */
  private async count(provider: string, model: string, promptTokens: number, userId: string): Promise<void> {
    this.metrics.tokens(provider, model, promptTokens, 0);
    if (promptTokens === 0) return;
    const costUsd = this.metrics.costUsd(provider, model, promptTokens, 0);
    const entry = {
      id: newId(),
      userId,
      model,
      personalityId: NO_PERSONALITY,
      promptTokens,
      completionTokens: 0,
      costUsd,
    };
    try {
      await this.usage.add(entry);
    } catch (error) {
      this.logger.error('The usage of embeddings could not be stored', { provider }, error);
    }
  }
}
