import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { JobMetrics } from '../../core/metrics/job-metrics.js';
import { traced } from '../../core/tracing/tracing.js';
import { groupedBy } from '../../core/util/grouping.js';
import { type DrainLease, type DrainRow, OutboxDrainRepository } from '../../storage/outbox/outbox-drain.repository.js';
import { OutboxRepository } from '../../storage/outbox/outbox.repository.js';
import { jobSpan } from './job-span.js';
import { afterFailure, codeOf, isStorageAway } from './retry.js';

/** A process that dies is waited for so long. */
const LEASE_SECONDS = 15;
const RENEW_MS = 4000;
const MOST_READ = 50;
/** Of what came meanwhile: on a busy server there is always more, and many small batches cost more than a large one. */
const GATHER_MS = 500;
/** Rows of several users that are done together. */
const MOST_TOGETHER = 250;

/** How the rows of one kind are done. */
export interface DrainWork {
  /** Of one user's oldest rows those to do together, at least one; or for how long to wait for more to come. */
  choose(rows: readonly DrainRow[]): Promise<DrainRow[] | { waitMs: number }>;
  /**
   * Rows of one user, oldest first; where several users are drained, of some of them. What it throws is tried again. Rows
   * of which some were done may be given again.
   */
  run(rows: readonly DrainRow[]): Promise<void>;
  /** Whether a batch that failed is tried row by row, to find the one at fault. */
  isDivisible: boolean;
}

/** Whose rows; `ids` are of rows that brought it up. */
export interface DrainScope {
  userIds: readonly string[];
  kind: string;
  ids?: readonly string[];
}

/** Somebody's turn at users' rows. */
interface Turn {
  lease: DrainLease;
  isHeld: boolean;
  /** Users who were let go of, and of whom more has come. */
  more: string[];
}

/** What was chosen of one user's rows. */
interface Chosen {
  userId: string;
  rows: DrainRow[];
  /** Whether there is more to do than that. */
  hasMore: boolean;
}

/**
 * Does users' open rows of one kind, each user's oldest first, in one process at a time. Where a row fails, it and the
 * user's younger ones wait for its next attempt; when it is given up, the younger ones go on. At shutdown what is under
 * way is finished, and the rest is left to another process, or to the next start.
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

  /**
   * Throws where the database is away only. False where others are at some of the users: those rows are done by them, or
   * come up again.
   */
  async drain({ userIds, kind, ids = [] }: DrainScope, work: DrainWork): Promise<boolean> {
    let allFree = true;
    for (let left = userIds; left.length > 0;) {
      const lease = await this.drains.lease(left, kind, LEASE_SECONDS);
      const isFree = lease.userIds.length === left.length;
      allFree &&= isFree;
      const turn: Turn = { lease, isHeld: true, more: [] };
      const renewing = this.keepRenewing(turn);
      try {
        if (!isFree && ids.length > 0) await this.drains.awaitLease(ids, lease.holder);
        await this.doAll(turn, work);
      } finally {
        clearInterval(renewing);
        await this.letGo(turn, []);
      }
      left = turn.more;
      // In the background: somebody who waits for it has it at once.
      if (left.length > 0 && ids.length > 0) await delay(GATHER_MS);
      if (this.isStopping) {
        await this.drains.handBack(lease.userIds, kind);
        return allFree;
      }
    }
    return allFree;
  }

  private async doAll(turn: Turn, work: DrainWork): Promise<void> {
    const { kind } = turn.lease;
    while (turn.lease.userIds.length > 0 && turn.isHeld && !this.isStopping) {
      const open = groupedBy(await this.drains.open(turn.lease.userIds, kind, MOST_READ), ({ userId }) => userId);
      const chosen: Chosen[] = [];
      for (const [userId, rows] of open) {
        const some = rows[0]?.isDue ? await work.choose(rows) : [];
        if ('waitMs' in some) await this.drains.putOff(userId, kind, some.waitMs);
        // Whether more has come meanwhile is asked when the lease is given back.
        else if (some.length > 0) {
          chosen.push({ userId, rows: some, hasMore: some.length < rows.length || rows.length === MOST_READ });
        }
      }
      // Whose rows are done is free for others, while the rest goes on.
      await this.letGo(turn, await this.doChosen(chosen, work, turn));
    }
  }

  /** Of all but those, noting of whom there is more to do. */
  private async letGo(turn: Turn, but: readonly string[]): Promise<void> {
    const kept = new Set(but);
    const free = turn.lease.userIds.filter((userId) => !kept.has(userId));
    // Before they are gone, so that they are not missed when the rest is renewed.
    turn.lease = { ...turn.lease, userIds: but };
    if (free.length > 0) turn.more.push(...(await this.drains.release({ ...turn.lease, userIds: free })));
  }

  /** The users of whom there is more to be done at once. */
  private async doChosen(chosen: readonly Chosen[], work: DrainWork, turn: Turn): Promise<string[]> {
    const done: Chosen[] = [];
    for (const some of together(chosen)) {
      if (this.isStopping || !turn.isHeld) return [];
      done.push(...(await this.doneOf(some, work, turn)));
    }
    return done.filter(({ hasMore }) => hasMore).map(({ userId }) => userId);
  }

  /** Together; where somebody's rows are at fault, each user's by themselves. */
  private async doneOf(some: readonly Chosen[], work: DrainWork, turn: Turn): Promise<readonly Chosen[]> {
    const rows = some.flatMap((one) => one.rows);
    if (some.length > 1 && (await this.areDone(rows, work))) return some;
    const done: Chosen[] = [];
    for (const one of some) if (turn.isHeld && (await this.doTogether(one.rows, work))) done.push(one);
    return done;
  }

  /** False where somebody's rows are at fault. */
  private async areDone(rows: readonly DrainRow[], work: DrainWork): Promise<boolean> {
    try {
      await this.do(rows, work);
      return true;
    } catch (error) {
      if (isStorageAway(error)) throw error;
      const facts = { kind: rows[0]?.kind, turns: rows.length, code: codeOf(error) };
      this.logger.warn('Turns of several users could not be learned from together; trying each user', facts, error);
      return false;
    }
  }

  private async do(rows: readonly DrainRow[], work: DrainWork): Promise<void> {
    const startedAt = performance.now();
    const kind = rows[0]?.kind ?? 'unknown';
    await traced(`process ${kind}`, jobSpan(rows), () => work.run(rows));
    await this.outbox.close(rows.map(({ id }) => id));
    this.metrics.batchDone(kind, rows.length, performance.now() - startedAt);
  }

  /** Of one user. False where something is to be tried again before anything else, or nothing more is to be begun. */
  private async doTogether(rows: readonly DrainRow[], work: DrainWork): Promise<boolean> {
    if (this.isStopping) return false;
    try {
      await this.do(rows, work);
      return true;
    } catch (error) {
      if (isStorageAway(error)) throw error;
      if (rows.length > 1 && work.isDivisible) return this.doSingly(rows, work);
      return this.noteFailure(rows, error);
    }
  }

  private async doSingly(rows: readonly DrainRow[], work: DrainWork): Promise<boolean> {
    for (const row of rows) {
      if (!(await this.doTogether([row], work))) return false;
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

  private keepRenewing(turn: Turn): NodeJS.Timeout {
    const renew = async () => {
      try {
        turn.isHeld = await this.drains.renew(turn.lease, LEASE_SECONDS);
      } catch (error) {
        this.logger.warn('A lease could not be renewed; trying again', { kind: turn.lease.kind }, error);
      }
    };
    return setInterval(() => void renew(), RENEW_MS);
  }
}

/** Users one after the other, as many as are done together. */
function together(chosen: readonly Chosen[]): Chosen[][] {
  const batches: Chosen[][] = [];
  let room = 0;
  for (const one of chosen) {
    if (one.rows.length > room) {
      batches.push([]);
      room = MOST_TOGETHER;
    }
    batches.at(-1)?.push(one);
    room -= one.rows.length;
  }
  return batches;
}
