import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Memory, MemoryEngine, MemoryPage } from '../../engines/memory/memory.port.js';
import { PersonalEngines } from '../../engines/personal-engines.port.js';
import type { ProfileEngine, ProfileFact } from '../../engines/profile/profile.port.js';

/** People wait for these; a product behind them may be slow. */
const DEADLINE_MS = 15_000;

const switchedOff = (what: string) =>
  new CozyError('RESOURCE_NOT_FOUND', { message: `${what} is switched off on this server.` });

/** What users may see, correct and delete of what is remembered of them. */
@Injectable()
export class MemoryService {
  constructor(private readonly engines: PersonalEngines) {}

  list(userId: string, limit: number, cursor: string | null): Promise<MemoryPage> {
    return this.memory.list(userId, limit, cursor, deadline());
  }

  remember(userId: string, text: string): Promise<Memory> {
    return this.memory.remember(userId, text, deadline());
  }

  async forget(userId: string, id: string): Promise<void> {
    if (await this.memory.remove(userId, id, deadline())) return;
    throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such memory.' });
  }

  forgetAll(userId: string): Promise<void> {
    return this.memory.removeAll(userId, deadline());
  }

  facts(userId: string): Promise<ProfileFact[]> {
    return this.profile.facts(userId, deadline());
  }

  setFact(userId: string, key: string, value: string): Promise<ProfileFact> {
    return this.profile.setFact(userId, key, value, deadline());
  }

  async removeFact(userId: string, id: string): Promise<void> {
    if (await this.profile.removeFact(userId, id, deadline())) return;
    throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such fact.' });
  }

  private get memory(): MemoryEngine {
    const { memory } = this.engines;
    if (!memory) throw switchedOff('Memory');
    return memory;
  }

  private get profile(): ProfileEngine {
    const { profile } = this.engines;
    if (!profile) throw switchedOff('The profile');
    return profile;
  }
}

const deadline = () => AbortSignal.timeout(DEADLINE_MS);
