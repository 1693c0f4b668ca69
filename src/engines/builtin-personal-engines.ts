import { Injectable } from '@nestjs/common';
import type {
  KnowledgeEngineSection,
  MemoryEngineSection,
  ProfileEngineSection,
} from '../core/config/sections/personalization.section.js';
import { Logger } from '../core/logging/logger.js';
import { MemoryRepository } from '../storage/memories/memory.repository.js';
import { ProfileFactRepository } from '../storage/profile-facts/profile-fact.repository.js';
import { AiCatalog } from './ai/ai-catalog.port.js';
import { BuiltinKnowledgeEngine } from './knowledge/builtin/builtin-knowledge.engine.js';
import { KnowledgeStores } from './knowledge/builtin/knowledge-stores.js';
import type { KnowledgeEngine } from './knowledge/knowledge.port.js';
import { BuiltinMemoryEngine } from './memory/builtin/builtin-memory.engine.js';
import type { MemoryEngine } from './memory/memory.port.js';
import { BuiltinProfileEngine } from './profile/builtin/builtin-profile.engine.js';
import type { ProfileEngine } from './profile/profile.port.js';

/** Makes the engines that need nothing but this server's own database. */
@Injectable()
export class BuiltinPersonalEngines {
  constructor(
    private readonly memories: MemoryRepository,
    private readonly facts: ProfileFactRepository,
    private readonly stores: KnowledgeStores,
    private readonly ai: AiCatalog,
    private readonly logger: Logger,
  ) {}

  memory({ extraction, embeddings }: MemoryEngineSection): MemoryEngine {
    return new BuiltinMemoryEngine(this.memories, this.ai, this.logger, { extraction, embeddings });
  }

  profile({ extraction }: ProfileEngineSection): ProfileEngine {
    return new BuiltinProfileEngine(this.facts, this.ai, { extraction });
  }

  knowledge(section: KnowledgeEngineSection): KnowledgeEngine {
    const { embeddings, most_documents: documents, most_bytes: bytes, most_characters: mostCharacters } = section;
    const options = { embeddings, quota: { documents, bytes }, mostCharacters };
    return new BuiltinKnowledgeEngine(this.stores, this.ai, this.logger, options);
  }
}
