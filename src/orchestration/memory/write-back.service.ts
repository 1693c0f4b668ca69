import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import type { PromisedWork } from '../../core/domain/write-back.js';
import { Logger } from '../../core/logging/logger.js';
import { JobMetrics } from '../../core/metrics/job-metrics.js';
import { OutboxBellService } from '../jobs/outbox-bell.service.js';
import { WriteBackJob } from './write-back.job.js';
import { WriteBackPromiseService } from './write-back-promise.service.js';

/** Of a drain that finds others at work: in all as long as whoever died in the middle of it is waited for. */
const RETRY_MS = 50;
const MOST_TRIES = 300;

/** What of a turn is to be remembered, and when. */
@Injectable()
export class WriteBackService {
  constructor(
    private readonly promised: WriteBackPromiseService,
    private readonly background: WriteBackJob,
    private readonly bell: OutboxBellService,
    private readonly metrics: JobMetrics,
    private readonly logger: Logger,
  ) {}

  /** The work that a turn with this personality promises. */
  promises(personality: Personality): readonly PromisedWork[] {
    return this.promised.of(personality).works;
  }

  /**
   * Once the turn is stored. For `write_back: sync`, and while the backlog is too long, what it promised is done before
   * it ends, where the engine is built in; a remote one is never waited for. What fails here is done in the background.
   */
  async finish(personality: Personality, userId: string): Promise<void> {
    const { works, sync, refused } = this.promised.of(personality);
    for (const kind of refused) {
      this.metrics.failed(kind, true);
      this.logger.warn('A turn is not told to an engine: the backlog is too long', { kind });
    }
    await Promise.all(sync.map((kind) => this.drain(kind, userId)));
    if (works.length > 0) this.bell.ring();
  }

  private async drain(kind: string, userId: string): Promise<void> {
    try {
      // Others that are at the user's rows may have begun before this turn's were there.
      for (let tries = 0; tries < MOST_TRIES; tries += 1) {
        if (await this.background.drainUser(userId, kind)) return;
        await delay(RETRY_MS);
      }
    } catch (error) {
      this.logger.warn('A turn is remembered later, in the background', { kind }, error);
    }
  }
}
