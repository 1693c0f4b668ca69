import { Injectable } from '@nestjs/common';
import { EnginesSection } from '../core/config/sections/engines.section.js';
import type {
  KnowledgeEngineSection,
  MemoryEngineSection,
  ProfileEngineSection,
} from '../core/config/sections/personalization.section.js';
import { Logger } from '../core/logging/logger.js';
import { BuiltinPersonalEngines } from './builtin-personal-engines.js';
import { EngineChoice } from './engine-choice.js';
import type { KnowledgeEngine } from './knowledge/knowledge.port.js';
import type { MemoryEngine } from './memory/memory.port.js';
import { PersonalEngines } from './personal-engines.port.js';
import type { ProfileEngine } from './profile/profile.port.js';
import { guardedTarget, remoteKnowledge, remoteMemory, remoteProfile } from './remote-engines.js';
import { EngineGuards } from './resilience/engine-guards.js';
import type { GuardedTarget } from './resilience/resilient-call.js';
import type { EngineKind } from './resilience/resilience.port.js';
import { SharedSecret } from './shared-secret.js';

/**
 * The engines that the configuration names, the built-in ones where it names none. One that is set up beside the
 * standard one is ready too, for personalities that name it.
 */
@Injectable()
export class ConfiguredPersonalEngines extends PersonalEngines {
  readonly memory: EngineChoice<MemoryEngine>;
  readonly profile: EngineChoice<ProfileEngine>;
  readonly knowledge: EngineChoice<KnowledgeEngine>;

  constructor(
    { memory, profile, knowledge }: EnginesSection,
    builtin: BuiltinPersonalEngines,
    guards: EngineGuards,
    secret: SharedSecret,
    logger: Logger,
  ) {
    super();
    const onBackgroundError = (error: unknown) => logger.warn('Memobase has not learned from a turn', {}, error);
    const choiceOf = <Engine extends Provided>(kind: EngineKind, section: Section, made: Engine[]) =>
      new EngineChoice(made.map((engine) => ({ engine, guard: guards.guard(guardedTarget(kind, engine, section)) })));
    const memoryOf = (section: MemoryEngineSection) => remoteMemory(section, secret.value);
    const profileOf = (section: ProfileEngineSection) => remoteProfile(section, onBackgroundError);
    const memories = ready<MemoryEngine, MemoryEngineSection>(memory, memoryOf, builtin.memory(memory));
    const profiles = ready<ProfileEngine, ProfileEngineSection>(profile, profileOf, builtin.profile(profile));
    const documents = ready<KnowledgeEngine, KnowledgeEngineSection>(
      knowledge,
      remoteKnowledge,
      builtin.knowledge(knowledge),
    );
    this.memory = choiceOf('memory', memory, memories);
    this.profile = choiceOf('profile', profile, profiles);
    this.knowledge = choiceOf('knowledge', knowledge, documents);
  }
}

type Section = MemoryEngineSection | ProfileEngineSection | KnowledgeEngineSection;
type Provided = Pick<GuardedTarget, 'provider' | 'isRemote'>;

/** What the section sets up, the standard one first. */
function ready<Engine, Of extends Section>(
  section: Of,
  remote: (section: Of) => Engine | undefined,
  builtin: Engine | undefined,
): Engine[] {
  if (section.provider === 'off') return [];
  const chosen = remote(section);
  const beside = chosen ? builtin : remote(Object.assign(structuredClone(section), { provider: 'auto' as const }));
  return [chosen ?? builtin, beside].flatMap((engine) => engine ?? []);
}
