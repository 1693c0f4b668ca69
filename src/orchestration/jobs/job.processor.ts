import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Logger } from '../../core/logging/logger.js';
import { JobMetrics } from '../../core/metrics/job-metrics.js';
import { traced } from '../../core/tracing/tracing.js';
import { OutboxRepository, type OutboxRow } from '../../storage/outbox/outbox.repository.js';
import type { Job } from 'bullmq';
import { JOB_ATTEMPTS, type JobData, QUEUE_NAME } from './job.queue.js';
import type { RowHandler } from './job-handler.js';
import { JobHandlersService } from './job-handlers.service.js';
import { jobSpan } from './job-span.js';
import { afterFailure, codeOf, isStorageAway, NOT_CONFIGURED } from './retry.js';

/** Jobs at a time: they mostly wait for engines and the database. */
const CONCURRENCY = 16;
/** The queue itself tries again before the relay does. */
const RETRY_SECONDS = 30;

/** Does what the outbox promised. A job that comes twice finds its rows closed and does nothing. */
@Processor(QUEUE_NAME, { concurrency: CONCURRENCY })
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
    const rows = await this.outbox.findOpen(job.data.outboxIds);
    const [first] = rows;
    if (!first) return;
    const handler = this.handlers.find(first.kind);
    if (handler && 'drain' in handler) await handler.drain(rows);
    else for (const row of rows) await (handler ? this.run(handler, row) : this.putOff(row));
  }

  private async run(handler: RowHandler, row: OutboxRow): Promise<void> {
    const startedAt = performance.now();
    if (!(await traced(`process ${row.kind}`, jobSpan([row]), () => handler.run(row)))) return;
    await this.outbox.close([row.id]);
    this.metrics.done(row.kind, performance.now() - startedAt);
  }

  /**
   * What an engine was promised that is not set up: it may be set up again, or be new and known to other instances only.
   * It is waited for as for one that is away, and then given up where an admin sees it.
   */
  private async putOff({ id, kind, attempts: before }: OutboxRow): Promise<void> {
    const attempts = before + 1;
    const { dead, waitSeconds } = afterFailure(NOT_CONFIGURED, attempts);
    await this.outbox.noteFailure([id], NOT_CONFIGURED, dead, waitSeconds);
    this.metrics.failed(kind, dead);
    this.logger.warn('Work waits for an engine that is not set up', { outbox_id: id, kind, attempts, dead });
  }

  @OnWorkerEvent('failed')
  async onFailed(job: Job<JobData> | undefined, error: Error): Promise<void> {
    if (!job) return;
    // Of a database that was away nobody is at fault: the row is open still, and is handed over again.
    const isOutage = isStorageAway(error);
    const dead = !isOutage && job.attemptsMade >= JOB_ATTEMPTS;
    this.metrics.failed(job.name, dead);
    this.logger.warn('Job failed', { job_id: job.id, kind: job.name, attempts: job.attemptsMade, dead }, error);
    // What drains a user's rows has noted itself what came of each.
    if (isOutage || this.handlers.sharingOf(job.name) !== 'row') return;
    try {
      await this.outbox.noteFailure(job.data.outboxIds, codeOf(error), dead, RETRY_SECONDS);
    } catch (failure) {
      this.logger.error('The failure of a job could not be noted', { job_id: job.id }, failure);
    }
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    this.logger.warn('Job worker error', {}, error);
  }
}
