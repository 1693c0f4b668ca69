import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Memory, MemoryEngine, MemoryPage } from '../../engines/memory/memory.port.js';
import { type EngineChoice, type Guarded, PersonalEngines } from '../../engines/personal-engines.port.js';
import type { ProfileEngine, ProfileFact } from '../../engines/profile/profile.port.js';
import { AuditService } from '../audit/audit.service.js';
import { PersonalityService } from '../personalities/personality.service.js';

/** People wait for these; a product behind them may be slow. */
const DEADLINE_MS = 15_000;
const CLOCK_SKEW_MS = 60_000;

/** What users may see, correct and delete of what is remembered of them. */
@Injectable()
export class MemoryService {
  constructor(
    private readonly engines: PersonalEngines,
    private readonly personalities: PersonalityService,
    private readonly audit: AuditService,
  ) {}

  /** One engine's after the other's, where personalities use several. */
  async list(userId: string, limit: number, cursor: string | null, withConversation: boolean): Promise<MemoryPage> {
    const { used, standard } = this.memories;
    const options = { withConversation };
    if (used.length === 1) return standard.engine.list(userId, limit, cursor, deadline(), options);
    const [provider, own] = placeOf(cursor);
    const at = Math.max(
      0,
      used.findIndex(({ engine }) => engine.provider === provider),
    );
    const { engine } = used[at] ?? standard;
    const page = await unlessUnsupported(() => engine.list(userId, limit, own, deadline(), options), NO_PAGE);
    const next = used[at + 1]?.engine.provider;
    const following = next === undefined ? null : `${next}:`;
    return { ...page, nextCursor: page.nextCursor === null ? following : `${engine.provider}:${page.nextCursor}` };
  }

  /** The nearest first, of the standard engine; never from a cache. */
  search(userId: string, query: string, limit: number): Promise<Memory[]> {
    return this.memories.standard.engine.search(query, { userId, sessionId: null }, limit, deadline());
  }

  /** `saidAt`: when it was said, where it is brought in from elsewhere; not in the future. */
  async remember(userId: string, text: string, saidAt?: Date): Promise<Memory> {
    if (saidAt !== undefined && saidAt.getTime() > Date.now() + CLOCK_SKEW_MS) {
      throw new CozyError('VALIDATION_FAILED', {
        param: 'created_at',
        message: 'created_at must not be in the future.',
      });
    }
    const origin = saidAt === undefined ? {} : { createdAt: saidAt };
    return change(this.memories.standard, userId, (engine, signal) => engine.remember(userId, text, signal, origin));
  }

  async forget(userId: string, id: string): Promise<void> {
    const isGone = await anyOf(this.memories.holding, (engine) =>
      change(engine, userId, (memory, signal) => memory.remove(userId, id, signal)),
    );
    if (!isGone) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such memory.' });
    await this.noteDeletion(userId, `memory:${id}`);
  }

  /** In every engine; one that fails keeps none of the others from it. */
  async forgetAll(userId: string): Promise<void> {
    await allOf(this.memories.holding, (engine) =>
      change(engine, userId, (memory, signal) => memory.removeAll(userId, signal)),
    );
    await this.noteDeletion(userId, 'memory:all');
  }

  async facts(userId: string): Promise<ProfileFact[]> {
    return (await Promise.all(this.profiles.used.map(({ engine }) => engine.facts(userId, deadline())))).flat();
  }

  async setFact(userId: string, key: string, value: string): Promise<ProfileFact> {
    return change(this.profiles.standard, userId, (engine, signal) => engine.setFact(userId, key, value, signal));
  }

  async removeFact(userId: string, id: string): Promise<void> {
    const isGone = await anyOf(this.profiles.holding, (engine) =>
      change(engine, userId, (profile, signal) => profile.removeFact(userId, id, signal)),
    );
    if (!isGone) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such fact.' });
    await this.noteDeletion(userId, `fact:${id}`);
  }

  private async noteDeletion(userId: string, subject: string): Promise<void> {
    await this.audit.record({ action: 'memory.delete', outcome: 'success', actorId: userId, subject });
  }

  private get memories(): Engines<MemoryEngine> {
    const named = this.personalities.list().map(({ memory }) => memory.provider);
    return enginesOf(this.engines.memory, named, 'Memory');
  }

  private get profiles(): Engines<ProfileEngine> {
    const named = this.personalities.list().map(({ profile }) => profile.provider);
    return enginesOf(this.engines.profile, named, 'The profile');
  }
}

interface Engines<Engine> {
  standard: Guarded<Engine>;
  /** The standard engine and those that personalities name. */
  used: Guarded<Engine>[];
  /** These and the built-in one: it may hold what was told before the configuration changed. */
  holding: Guarded<Engine>[];
}

function enginesOf<Engine extends { provider: string; isRemote: boolean }>(
  { all, standard }: EngineChoice<Engine>,
  named: readonly (string | undefined)[],
  what: string,
): Engines<Engine> {
  if (!standard) throw new CozyError('RESOURCE_NOT_FOUND', { message: `${what} is switched off on this server.` });
  const isUsed = (guarded: Guarded<Engine>) => guarded === standard || named.includes(guarded.engine.provider);
  return {
    standard,
    used: all.filter(isUsed),
    holding: all.filter((guarded) => isUsed(guarded) || !guarded.engine.isRemote),
  };
}

/** Through the guard, so that no instance goes on answering from before. */
const change = <Engine, Value>(
  { engine, guard }: Guarded<Engine>,
  userId: string,
  call: (engine: Engine, signal: AbortSignal) => Promise<Value>,
): Promise<Value> => guard.change({ userId }, (signal) => call(engine, signal), deadline());

const deadline = () => AbortSignal.timeout(DEADLINE_MS);

const NO_PAGE: MemoryPage = { items: [], nextCursor: null };

/** "mem0:abc": the engine that the page before ended in, and its own cursor. */
function placeOf(cursor: string | null): [provider: string | undefined, own: string | null] {
  const [provider, ...own] = (cursor ?? '').split(':');
  return [provider, own.join(':') || null];
}

async function unlessUnsupported<Value>(call: () => Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof CozyError && error.code === 'ENGINE_UNSUPPORTED') return otherwise;
    throw error;
  }
}

/** Asks all; true where one says so. Throws where none does and one failed: it may be there. */
async function anyOf<Engine>(engines: readonly Engine[], ask: (engine: Engine) => Promise<boolean>): Promise<boolean> {
  const answers = await Promise.allSettled(engines.map(ask));
  if (answers.some((answer) => answer.status === 'fulfilled' && answer.value)) return true;
  throwFirst(answers);
  return false;
}

/** Asks all to the end; then throws what failed first. */
async function allOf<Engine>(engines: readonly Engine[], ask: (engine: Engine) => Promise<void>): Promise<void> {
  throwFirst(await Promise.allSettled(engines.map(ask)));
}

function throwFirst(answers: readonly PromiseSettledResult<unknown>[]): void {
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) throw failed.reason;
}
