import { Injectable } from '@nestjs/common';
import { EnginesSection } from '../core/config/sections/engines.section.js';
import { Logger } from '../core/logging/logger.js';
import { BuiltinPersonalEngines } from './builtin-personal-engines.js';
import type { KnowledgeEngine } from './knowledge/knowledge.port.js';
import type { MemoryEngine } from './memory/memory.port.js';
import { type Guarded, PersonalEngines } from './personal-engines.port.js';
import type { ProfileEngine } from './profile/profile.port.js';
import { guardedTarget, remoteKnowledge, remoteMemory, remoteProfile } from './remote-engines.js';
import { EngineGuards } from './resilience/engine-guards.js';
import { SharedSecret } from './shared-secret.js';

/** The engines that the configuration names: the built-in ones where it names none. */
@Injectable()
export class ConfiguredPersonalEngines extends PersonalEngines {
  readonly memory: Guarded<MemoryEngine> | null;
  readonly profile: Guarded<ProfileEngine> | null;
  readonly knowledge: Guarded<KnowledgeEngine> | null;

  constructor(
    section: EnginesSection,
    builtin: BuiltinPersonalEngines,
    guards: EngineGuards,
    secret: SharedSecret,
    logger: Logger,
  ) {
    super();
    const onBackgroundError = (error: unknown) => logger.warn('Memobase has not learned from a turn', {}, error);
    const memory =
      section.memory.provider === 'off'
        ? null
        : (remoteMemory(section.memory, secret.value) ?? builtin.memory(section.memory));
    const profile =
      section.profile.provider === 'off'
        ? null
        : (remoteProfile(section.profile, onBackgroundError) ?? builtin.profile(section.profile));
    const knowledge =
      section.knowledge.provider === 'off'
        ? null
        : (remoteKnowledge(section.knowledge) ?? builtin.knowledge(section.knowledge));
    this.memory = memory && { engine: memory, guard: guards.guard(guardedTarget('memory', memory, section.memory)) };
    this.profile = profile && {
      engine: profile,
      guard: guards.guard(guardedTarget('profile', profile, section.profile)),
    };
    this.knowledge = knowledge && {
      engine: knowledge,
      guard: guards.guard(guardedTarget('knowledge', knowledge, section.knowledge)),
    };
  }
}
