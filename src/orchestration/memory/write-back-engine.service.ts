import { Injectable } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import {
  type ExtractionWish,
  MEMORY_ADD,
  MEMORY_REFINE,
  PROFILE_REFINE,
  PROFILE_UPDATE,
} from '../../core/domain/write-back.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { GEN_AI } from '../../core/tracing/gen-ai.js';
import { traced } from '../../core/tracing/tracing.js';
import type { MemoryEngine, MemoryTurn } from '../../engines/memory/memory.port.js';
import { type EngineChoice, type Guarded, PersonalEngines } from '../../engines/personal-engines.port.js';
import type { ProfileEngine } from '../../engines/profile/profile.port.js';
import { PersonalityService } from '../personalities/personality.service.js';

/** How one kind of outbox rows is done. */
export interface Learning {
  /** Whether a chat model is asked, and turns are put together for it. */
  byModel: boolean;
  /** How many turns of a user are given to `learn` at once. */
  batchSize: number;
  /** Whether `learn` takes turns of several users. */
  mixesUsers: boolean;
  learn(turns: readonly MemoryTurn[], signal: AbortSignal): Promise<void>;
}

/** What a personality has its turns promise. */
export interface PersonalWork {
  kind: string;
  byModel: boolean;
  isRemote: boolean;
}

type Learner = MemoryEngine | ProfileEngine;

/** Each remote engine has rows of its own, so that one that is away holds up no other. */
const kindFor = (base: string, { isRemote, provider }: Learner): string => (isRemote ? `${base}.${provider}` : base);

/** Which engine does which kind of outbox rows. */
@Injectable()
export class WriteBackEngineService {
  private readonly learnings = new Map<string, Learning>();

  constructor(
    private readonly engines: PersonalEngines,
    private readonly personalities: PersonalityService,
  ) {
    for (const guarded of engines.memory.all) {
      this.add(kindFor(MEMORY_ADD, guarded.engine), guarded, addAll);
      this.addRefinement(MEMORY_REFINE, guarded);
    }
    for (const guarded of engines.profile.all) {
      this.add(kindFor(PROFILE_UPDATE, guarded.engine), guarded, updateAll);
      this.addRefinement(PROFILE_REFINE, guarded);
    }
  }

  get kinds(): string[] {
    return [...this.learnings.keys()];
  }

  learningOf(kind: string): Learning {
    const learning = this.learnings.get(kind);
    if (!learning) throw new CozyError('INTERNAL_ERROR', { message: `No engine does ${kind}.` });
    return learning;
  }

  workOf(personality: Personality): PersonalWork[] {
    const { memory, profile } = personality;
    if (memory.write_back === 'off' || memory.extraction === 'off') return [];
    const wish = wishOf(personality);
    return [
      ...(memory.enabled ? worksOf(this.engines.memory.of(memory.provider), [MEMORY_ADD, MEMORY_REFINE], wish) : []),
      ...(profile.enabled
        ? worksOf(this.engines.profile.of(profile.provider), [PROFILE_UPDATE, PROFILE_REFINE], wish)
        : []),
    ];
  }

  private add<Engine extends Learner>(kind: string, guarded: Guarded<Engine>, call: Call<Engine>): void {
    const { engine, guard } = guarded;
    this.learnings.set(kind, {
      byModel: false,
      batchSize: engine.batchSize,
      mixesUsers: engine.mixesUsers && !engine.isRemote,
      learn: (turns, signal) =>
        learned(guarded, turns, () => guard.change(scopeOf(turns), (within) => call(engine, turns, within), signal)),
    });
  }

  /** All turns are of one personality. Where that is gone or wants no model any more, the rules' work stands. */
  private addRefinement(kind: string, guarded: Guarded<Learner>): void {
    const { engine, guard } = guarded;
    if (engine.isRemote) return;
    this.learnings.set(kind, {
      byModel: true,
      batchSize: engine.batchSize,
      mixesUsers: false,
      learn: async (turns, signal) => {
        const personality = this.personalities.find(turns[0]?.personalityId ?? '');
        const wish = personality && wishOf(personality);
        if (!wish || personality.memory.extraction === 'off' || !engine.refines(wish)) return;
        await learned(guarded, turns, () =>
          guard.change(scopeOf(turns), (within) => engine.refineAll(turns, wish, within), signal),
        );
      },
    });
  }
}

/** An engine decides itself what is new and what changes what it knows: the conventions call that an upsert. */
const learned = (
  { engine, guard: { kind, provider } }: Guarded<Learner>,
  turns: readonly MemoryTurn[],
  learn: () => Promise<void>,
): Promise<void> => {
  const attributes = {
    [GEN_AI.operation]: 'upsert_memory',
    [GEN_AI.provider]: provider,
    [GEN_AI.memoryStore]: kind,
    'cozy.write_back.turns': turns.length,
  };
  return traced('upsert_memory', { kind: engine.isRemote ? 'client' : 'internal', attributes }, learn);
};

type Call<Engine> = (engine: Engine, turns: readonly MemoryTurn[], signal: AbortSignal) => Promise<void>;

const addAll: Call<MemoryEngine> = (engine, turns, signal) => engine.addAll(turns, signal);
const updateAll: Call<ProfileEngine> = (engine, turns, signal) => engine.updateAll(turns, signal);

function worksOf(
  guarded: ReturnType<EngineChoice<Learner>['of']>,
  [base, refinement]: readonly [string, string],
  wish: ExtractionWish,
): PersonalWork[] {
  if (!guarded) return [];
  const { engine } = guarded;
  const { isRemote } = engine;
  const work = { kind: kindFor(base, engine), byModel: false, isRemote };
  return engine.refines(wish) ? [work, { kind: refinement, byModel: true, isRemote }] : [work];
}

function wishOf({ memory, ai }: Personality): ExtractionWish {
  return { mode: memory.extraction === 'off' ? 'rules' : memory.extraction, provider: ai.provider, model: ai.model };
}

/** What a remote engine has said is forgotten: that is given the turns of one user. */
const scopeOf = (turns: readonly MemoryTurn[]) => ({ userId: turns[0]?.userId ?? '' });
