import type { EngineChoice } from './engine-choice.js';
import type { KnowledgeEngine } from './knowledge/knowledge.port.js';
import type { MemoryEngine } from './memory/memory.port.js';
import type { ProfileEngine } from './profile/profile.port.js';

export type { EngineChoice, Guarded } from './engine-choice.js';

/** The engines that make an answer personal. */
export abstract class PersonalEngines {
  abstract readonly memory: EngineChoice<MemoryEngine>;
  abstract readonly profile: EngineChoice<ProfileEngine>;
  abstract readonly knowledge: EngineChoice<KnowledgeEngine>;
}
