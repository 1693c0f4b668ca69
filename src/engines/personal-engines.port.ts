import type { KnowledgeEngine } from './knowledge/knowledge.port.js';
import type { MemoryEngine } from './memory/memory.port.js';
import type { ProfileEngine } from './profile/profile.port.js';

/** The engines that make an answer personal; null where one is switched off. */
export abstract class PersonalEngines {
  abstract readonly memory: MemoryEngine | null;
  abstract readonly profile: ProfileEngine | null;
  abstract readonly knowledge: KnowledgeEngine | null;
}
