import { createHash } from 'node:crypto';
import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';

export const QUEUE_NAME = 'cozy-jobs';
export const JOB_ATTEMPTS = 5;

/** What a job carries: the outbox rows to do, all of one kind, and nothing that could be lost with the queue. */
export interface JobData {
  outboxIds: string[];
}

/** Jobs that wait in the queue at once, of those that go first and of the others. */
const MOST_QUEUED = 1000;
/** Of jobs that those without go before. */
const LATER = 1;

const OPTIONS = {
  attempts: JOB_ATTEMPTS,
  backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: true,
} as const;

@Injectable()
export class JobQueue {
  constructor(@InjectQueue(QUEUE_NAME) private readonly queue: Queue<JobData>) {}

  /** A job for each batch of rows of one kind; some kinds go `first`. The same batch is not queued twice. */
  async add(batches: readonly OutboxRow[][], first: readonly string[] = []): Promise<void> {
    await this.queue.addBulk(
      batches.map((rows) => {
        const outboxIds = rows.map(({ id }) => id);
        const name = rows[0]?.kind ?? '';
        const priority = first.includes(name) ? {} : { priority: LATER };
        return { name, data: { outboxIds }, opts: { ...OPTIONS, ...priority, jobId: jobId(outboxIds) } };
      }),
    );
  }

  /**
   * How many more jobs the queue takes, of those that go first and of the others: what is beyond waits in Postgres, where
   * it is safe.
   */
  async room(): Promise<{ first: number; others: number }> {
    const {
      waiting = 0,
      prioritized = 0,
      delayed = 0,
    } = await this.queue.getJobCounts('waiting', 'prioritized', 'delayed');
    return {
      first: Math.max(0, MOST_QUEUED - waiting),
      others: Math.max(0, MOST_QUEUED - prioritized - delayed),
    };
  }

  /** Forgets all jobs, also those that somebody seems to be at: the outbox knows them. */
  async clear(): Promise<void> {
    await this.queue.obliterate({ force: true });
    await this.queue.resume();
  }

  async ping(): Promise<void> {
    await this.queue.getJobCounts('waiting');
  }
}

/** The same for the same rows. */
const jobId = (outboxIds: readonly string[]): string =>
  outboxIds.length === 1 ? String(outboxIds[0]) : createHash('sha256').update(outboxIds.join()).digest('hex');
