import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { OutboxRepository } from '../../storage/outbox/outbox.repository.js';
import type { Job } from 'bullmq';
import { JOB_ATTEMPTS, type JobData, QUEUE_NAME } from './job.queue.js';
import { TitleJob } from './title.job.js';

/** Does what the outbox promised. A job that comes twice finds its row closed and does nothing. */
@Processor(QUEUE_NAME, { concurrency: 4 })
export class JobProcessor extends WorkerHost {
  constructor(
    private readonly outbox: OutboxRepository,
    private readonly title: TitleJob,
    private readonly logger: Logger,
  ) {
    super();
  }

  override async process(job: Job<JobData>): Promise<void> {
    const row = await this.outbox.findOpen(job.data.outboxId);
    if (!row) return;
    if (row.kind !== this.title.kind) throw new Error(`no job is known for outbox kind ${row.kind}`);
    await this.title.run(row);
    await this.outbox.close(row.id);
  }

  @OnWorkerEvent('failed')
  async onFailed(job: Job<JobData> | undefined, error: Error): Promise<void> {
    if (!job) return;
    const dead = job.attemptsMade >= JOB_ATTEMPTS;
    this.logger.warn('Job failed', { job_id: job.id, kind: job.name, attempts: job.attemptsMade, dead }, error);
    try {
      await this.outbox.noteFailure(job.data.outboxId, error instanceof CozyError ? error.code : error.name, dead);
    } catch (failure) {
      this.logger.error('The failure of a job could not be noted', { job_id: job.id }, failure);
    }
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn('Job worker error', {}, error);
  }
}
