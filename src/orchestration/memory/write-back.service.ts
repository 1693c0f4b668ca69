import { Injectable } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import { Logger } from '../../core/logging/logger.js';
import { PersonalEngines } from '../../engines/personal-engines.port.js';
import { OutboxDrainRepository } from '../../storage/outbox/outbox-drain.repository.js';
import { MEMORY_ADD, PROFILE_UPDATE, WriteBackJob } from './write-back.job.js';

const LATEST = 50;

/** What of a turn is to be remembered, and when. */
@Injectable()
export class WriteBackService {
  constructor(
    private readonly engines: PersonalEngines,
    private readonly job: WriteBackJob,
    private readonly drains: OutboxDrainRepository,
    private readonly logger: Logger,
  ) {}

  /** The work that a turn with this personality promises. */
  kindsFor({ memory, profile }: Personality): string[] {
    if (memory.write_back === 'off') return [];
    return [
      ...(memory.enabled && this.engines.memory ? [MEMORY_ADD] : []),
      ...(profile.enabled && this.engines.profile ? [PROFILE_UPDATE] : []),
    ];
  }

  /**
   * For `write_back: sync`: what the turn promised is done before it ends, where the engine is built in; a remote one is
   * never waited for. What fails here is done in the background.
   */
  async finish(personality: Personality, userId: string): Promise<void> {
    if (personality.memory.write_back !== 'sync') return;
    const own = this.kindsFor(personality).filter((kind) => !this.engineOf(kind)?.isRemote);
    await Promise.all(own.map((kind) => this.drain(kind, userId)));
  }

  private async drain(kind: string, userId: string): Promise<void> {
    try {
      const newest = (await this.drains.open(userId, kind, LATEST)).at(-1);
      if (newest) await this.job.run(newest);
    } catch (error) {
      this.logger.warn('A turn is remembered later, in the background', { kind }, error);
    }
  }

  private engineOf(kind: string) {
    return (kind === MEMORY_ADD ? this.engines.memory : this.engines.profile)?.engine;
  }
}
