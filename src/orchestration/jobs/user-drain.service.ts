import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { JobMetrics } from '../../core/metrics/job-metrics.js';
import { traced } from '../../core/tracing/tracing.js';
import { type DrainRow, OutboxDrainRepository } from '../../storage/outbox/outbox-drain.repository.js';
import { OutboxRepository } from '../../storage/outbox/outbox.repository.js';
import { jobSpan } from './job-span.js';
import { afterFailure, codeOf, isStorageAway } from './retry.js';

/** A process that dies is waited for so long. */
const LEASE_SECONDS = 15;
const RENEW_MS = 4000;
const MOST_READ = 50;

/** How the rows of one kind are done. */
export interface DrainWork {
  /** The oldest rows to do together, at least one; or for how long to wait for more to come. */
  choose(rows: readonly DrainRow[]): Promise<DrainRow[] | { waitMs: number }>;
  /** What it throws is tried again. Rows of which some were done may be given again. */
  run(rows: readonly DrainRow[]): Promise<void>;
  /** Whether a batch that failed is tried row by row, to find the one at fault. */
  isDivisible: boolean;
}

/** Whose rows; `id` is of the row that brought it up. */
export interface DrainScope {
  userId: string;
  kind: string;
  id?: string | undefined;
}

/** Somebody's turn at a user's rows. */
interface Lease {
  holder: string;
  isHeld: boolean;
}

/**
 * Does a user's open rows of one kind, oldest first, in one process at a time. Where a row fails, it and the younger ones
 * wait for its next attempt; when it is given up, the younger ones go on. At shutdown what is under way is finished, and
 * the rest is left to another process, or to the next start.
 */
@Injectable()
export class UserDrainService implements OnModuleDestroy {
  private isStopping = false;

  constructor(
    private readonly drains: OutboxDrainRepository,
    private readonly outbox: OutboxRepository,
    private readonly metrics: JobMetrics,
    private readonly logger: Logger,
  ) {}

  onModuleDestroy(): void {
    this.isStopping = true;
  }

  /** Throws where the database is away only. */
  async drain(scope: DrainScope, work: DrainWork): Promise<void> {
    const { userId, kind, id } = scope;
    for (let more = true; more;) {
      const holder = await this.drains.lease(userId, kind, LEASE_SECONDS);
      if (holder === undefined) return id === undefined ? undefined : this.drains.awaitLease({ userId, kind, id });
      const lease = { holder, isHeld: true };
      const renewing = this.keepRenewing(scope, lease);
      try {
        await this.doAll(scope, work, lease);
      } finally {
        clearInterval(renewing);
        more = await this.drains.release(userId, kind, holder);
      }
      if (this.isStopping) return this.drains.handBack(userId, kind);
    }
  }

  private async doAll({ userId, kind }: DrainScope, work: DrainWork, lease: Lease): Promise<void> {
    while (lease.isHeld && !this.isStopping) {
      const rows = await this.drains.open(userId, kind, MOST_READ);
      if (!rows[0]?.isDue) return;
      const chosen = await work.choose(rows);
      if ('waitMs' in chosen) return this.drains.putOff(userId, kind, chosen.waitMs);
      if (!(await this.doTogether(chosen, work))) return;
      // Whether more has come meanwhile is asked when the lease is given back.
      if (chosen.length === rows.length && rows.length < MOST_READ) return;
    }
  }

  /** False where something is to be tried again before anything else, or nothing more is to be begun. */
  private async doTogether(rows: readonly DrainRow[], work: DrainWork): Promise<boolean> {
    const startedAt = performance.now();
    try {
      await traced(`process ${rows[0]?.kind ?? 'unknown'}`, jobSpan(rows), () => work.run(rows));
      await this.outbox.close(rows.map(({ id }) => id));
    } catch (error) {
      if (isStorageAway(error)) throw error;
      if (rows.length > 1 && work.isDivisible) return this.doSingly(rows, work);
      return this.noteFailure(rows, error);
    }
    this.metrics.batchDone(rows[0]?.kind ?? 'unknown', rows.length, performance.now() - startedAt);
    return true;
  }

  private async doSingly(rows: readonly DrainRow[], work: DrainWork): Promise<boolean> {
    for (const row of rows) {
      if (this.isStopping || !(await this.doTogether([row], work))) return false;
    }
    return true;
  }

  /** True where they are given up, and the younger ones go on. */
  private async noteFailure(rows: readonly DrainRow[], error: unknown): Promise<boolean> {
    const [first] = rows;
    if (!first) return true;
    const code = codeOf(error);
    const attempts = first.attempts + 1;
    const { dead, waitSeconds } = afterFailure(code, attempts);
    await this.outbox.noteFailure(
      rows.map(({ id }) => id),
      code,
      dead,
      waitSeconds,
    );
    this.metrics.failed(first.kind, dead, rows.length);
    const facts = { outbox_id: first.id, kind: first.kind, turns: rows.length, attempts, dead, code };
    this.logger.warn('A turn could not be learned from', facts, error);
    return dead;
  }

  private keepRenewing({ userId, kind }: DrainScope, lease: Lease): NodeJS.Timeout {
    const renew = async () => {
      try {
        lease.isHeld = await this.drains.renew(userId, kind, lease.holder, LEASE_SECONDS);
      } catch (error) {
        this.logger.warn('A lease could not be renewed; trying again', { kind }, error);
      }
    };
    return setInterval(() => void renew(), RENEW_MS);
  }
}
