import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { JobMetrics } from '../../core/metrics/job-metrics.js';
import { OutboxRepository } from '../../storage/outbox/outbox.repository.js';
import type { Job } from 'bullmq';
import { JOB_ATTEMPTS, type JobData, QUEUE_NAME } from './job.queue.js';
import { JobHandlersService } from './job-handlers.service.js';

/** Does what the outbox promised. A job that comes twice finds its row closed and does nothing. */
@Processor(QUEUE_NAME, { concurrency: 4 })
export class JobProcessor extends WorkerHost {
  constructor(
    private readonly outbox: OutboxRepository,
    private readonly handlers: JobHandlersService,
    private readonly metrics: JobMetrics,
    private readonly logger: Logger,
  ) {
    super();
  }

  override async process(job: Job<JobData>): Promise<void> {
    const row = await this.outbox.findOpen(job.data.outboxId);
    if (!row) return;
    const handler = this.handlers.get(row.kind);
    const startedAt = performance.now();
    const done = await handler.run(row);
    if (!done) return;
    await this.outbox.close(row.id);
    this.metrics.done(row.kind, performance.now() - startedAt);
  }

  @OnWorkerEvent('failed')
  async onFailed(job: Job<JobData> | undefined, error: Error): Promise<void> {
    if (!job) return;
    const dead = job.attemptsMade >= JOB_ATTEMPTS;
    this.metrics.failed(job.name, dead);
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
