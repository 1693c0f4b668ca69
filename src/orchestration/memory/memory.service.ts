import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Memory, MemoryEngine, MemoryPage } from '../../engines/memory/memory.port.js';
import { type Guarded, PersonalEngines } from '../../engines/personal-engines.port.js';
import type { ProfileEngine, ProfileFact } from '../../engines/profile/profile.port.js';
import { AuditService } from '../audit/audit.service.js';

/** People wait for these; a product behind them may be slow. */
const DEADLINE_MS = 15_000;
const CLOCK_SKEW_MS = 60_000;

/** What users may see, correct and delete of what is remembered of them. */
@Injectable()
export class MemoryService {
  constructor(
    private readonly engines: PersonalEngines,
    private readonly audit: AuditService,
  ) {}

  list(userId: string, limit: number, cursor: string | null, withConversation: boolean): Promise<MemoryPage> {
    return this.memory.engine.list(userId, limit, cursor, deadline(), { withConversation });
  }

  /** The nearest first; never from a cache. */
  search(userId: string, query: string, limit: number): Promise<Memory[]> {
    return this.memory.engine.search(query, { userId, sessionId: null }, limit, deadline());
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
    return change(this.memory, userId, (engine, signal) => engine.remember(userId, text, signal, origin));
  }

  async forget(userId: string, id: string): Promise<void> {
    const isGone = await change(this.memory, userId, (engine, signal) => engine.remove(userId, id, signal));
    if (!isGone) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such memory.' });
    await this.noteDeletion(userId, `memory:${id}`);
  }

  async forgetAll(userId: string): Promise<void> {
    await change(this.memory, userId, (engine, signal) => engine.removeAll(userId, signal));
    await this.noteDeletion(userId, 'memory:all');
  }

  facts(userId: string): Promise<ProfileFact[]> {
    return this.profile.engine.facts(userId, deadline());
  }

  setFact(userId: string, key: string, value: string): Promise<ProfileFact> {
    return change(this.profile, userId, (engine, signal) => engine.setFact(userId, key, value, signal));
  }

  async removeFact(userId: string, id: string): Promise<void> {
    const isGone = await change(this.profile, userId, (engine, signal) => engine.removeFact(userId, id, signal));
    if (!isGone) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such fact.' });
    await this.noteDeletion(userId, `fact:${id}`);
  }

  private async noteDeletion(userId: string, subject: string): Promise<void> {
    await this.audit.record({ action: 'memory.delete', outcome: 'success', actorId: userId, subject });
  }

  private get memory(): Guarded<MemoryEngine> {
    return this.engines.memory ?? switchedOff('Memory');
  }

  private get profile(): Guarded<ProfileEngine> {
    return this.engines.profile ?? switchedOff('The profile');
  }
}

/** Through the guard, so that no instance goes on answering from before. */
const change = <Engine, Value>(
  { engine, guard }: Guarded<Engine>,
  userId: string,
  call: (engine: Engine, signal: AbortSignal) => Promise<Value>,
): Promise<Value> => guard.change({ userId }, (signal) => call(engine, signal), deadline());

const deadline = () => AbortSignal.timeout(DEADLINE_MS);

function switchedOff(what: string): never {
  throw new CozyError('RESOURCE_NOT_FOUND', { message: `${what} is switched off on this server.` });
}
