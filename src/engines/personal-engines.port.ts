import type { KnowledgeEngine } from './knowledge/knowledge.port.js';
import type { MemoryEngine } from './memory/memory.port.js';
import type { ProfileEngine } from './profile/profile.port.js';
import type { GuardedEngine } from './resilience/resilience.port.js';

/** An engine, and the guard that every call of it goes through. */
export interface Guarded<Engine> {
  engine: Engine;
  guard: GuardedEngine;
}

/** The engines that make an answer personal; null where one is switched off. */
export abstract class PersonalEngines {
  abstract readonly memory: Guarded<MemoryEngine> | null;
  abstract readonly profile: Guarded<ProfileEngine> | null;
  abstract readonly knowledge: Guarded<KnowledgeEngine> | null;
}
