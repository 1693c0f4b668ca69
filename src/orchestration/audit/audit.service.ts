import { type BeforeApplicationShutdown, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { redactForKeeping } from '../../core/logging/redact.js';
import { currentRequest } from '../../core/logging/request-context.js';
import { AuditMetrics } from '../../core/metrics/audit-metrics.js';
import { AuditInboxRepository, type SealedEventText } from '../../storage/audit/audit-inbox.repository.js';
import type { AuditKeyring } from './audit-chain.js';
import type { AuditEvent } from './audit-event.js';
import { AuditSampler } from './audit-sampler.js';
import { seal } from './audit-seal.js';
import { AuditVault } from './audit-vault.service.js';

const BATCH = 500;
/** In memory while the database is away, some 6 KB each at most. The first ones are kept: they show how it began. */
const MOST_WAITING = 5000;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5000;
const SAMPLE_MS = 60_000;
const FLUSH_MS = 3000;
const MOST_TEXT = 200;

interface Waiting {
  event: SealedEventText;
  settle: (isDurable: boolean) => void;
}

/**
 * Puts events on record. An event is durable once it stands in the inbox, from which the chain takes it; one statement at a
 * time is under way, and what comes meanwhile goes with the next.
 */
@Injectable()
export class AuditService implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly waiting: Waiting[] = [];
  private readonly sampler = new AuditSampler<AuditEvent>();
  private sampling: NodeJS.Timeout | undefined;
  private isStoring = false;
  private storing: Promise<void> | undefined;
  /** The database is away: nobody is kept waiting for it. */
  private troubled = false;
  private dropped = 0;
  /** So many of the oldest go one by one, as one of them is refused. */
  private suspects = 0;

  constructor(
    private readonly inbox: AuditInboxRepository,
    private readonly vault: AuditVault,
    private readonly metrics: AuditMetrics,
    private readonly logger: Logger,
  ) {}

  /**
   * Resolves to true once the event survives any crash, and to false where the database did not take it: then it is
   * logged and counted, kept in memory and tried again. It never rejects. Begin it beside the work that it is about, and
   * await it before that is acknowledged.
   */
  record(event: AuditEvent): Promise<boolean> {
    const entry = entryOf(this.vault.keys, event);
    if (event.level === 'warning' || event.level === 'critical') this.tell(entry);
    if (this.waiting.length >= MOST_WAITING) return Promise.resolve(this.drop());
    const settled = new Promise<boolean>((settle) => {
      this.waiting.push({ event: entry, settle });
    });
    this.metrics.waiting(this.waiting.length);
    if (!this.isStoring) this.storing = this.store();
    return this.troubled ? Promise.resolve(false) : settled;
  }

  /** As `record`, for those who wait for nothing; stored at shutdown at the latest. */
  note(event: AuditEvent): void {
    void this.record(event);
  }

  /**
   * For what anybody can bring about as often as they like: the first of a kind in a minute is recorded as it is, the rest
   * as one event with their number (`more`) when the minute is over.
   */
  noteSampled(kind: string, event: AuditEvent): void {
    if (!this.sampler.admits(kind, event)) return;
    this.note(event);
    this.sampling ??= setTimeout(() => this.noteCounted(), SAMPLE_MS).unref();
  }

  /** Something clever is away and the answer goes without it. */
  degraded(kind: string, provider: string, reason: string): void {
    const details = { kind, provider, reason };
    this.noteSampled(`degraded ${kind} ${provider} ${reason}`, {
      action: 'engine.degraded',
      outcome: 'failure',
      level: 'warning',
      subject: `${kind}:${provider}`,
      details,
    });
  }

  beforeApplicationShutdown(): void {
    this.noteCounted();
  }

  /** What ends later in the shutdown may still have something to record; the database is closed last of all. */
  async onApplicationShutdown(): Promise<void> {
    const deadline = pause(FLUSH_MS);
    await Promise.race([this.storing, deadline]);
    if (this.waiting.length === 0) return;
    this.metrics.failed('dropped', this.waiting.length);
    this.logger.error('Audit events were lost, as the database is away', { lost: this.waiting.length });
  }

  private noteCounted(): void {
    clearTimeout(this.sampling);
    this.sampling = undefined;
    for (const { event, more } of this.sampler.empty()) {
      this.note({ ...event, actorId: null, requestId: null, details: { ...event.details, more } });
    }
  }

  private async store(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    this.isStoring = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, this.suspects > 0 ? 1 : BATCH);
      try {
        await this.inbox.add(batch.map(({ event }) => event));
        retryMs = FIRST_RETRY_MS;
        this.take(batch, true);
        this.recover();
      } catch (error) {
        if (error instanceof CozyError) {
          this.endure(error);
          await pause(retryMs);
          retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
        } else this.suspect(batch, error);
      }
    }
    // In the same breath as the last look at what waits.
    this.isStoring = false;
  }

  private take(batch: Waiting[], isDurable: boolean): void {
    this.waiting.splice(0, batch.length);
    this.suspects = Math.max(0, this.suspects - batch.length);
    this.metrics.waiting(this.waiting.length);
    for (const { event, settle } of batch) {
      if (isDurable) this.metrics.stored(event.action, event.outcome);
      settle(isDurable);
    }
  }

  /** The database is away: everybody is let go, the events stay. */
  private endure(error: unknown): void {
    this.metrics.failed('store');
    if (!this.troubled) {
      this.logger.error('Audit events cannot be stored; kept in memory and tried again', {}, error);
    }
    this.troubled = true;
    for (const { settle } of this.waiting) settle(false);
  }

  private recover(): void {
    if (!this.troubled) return;
    this.troubled = false;
    const lost = this.dropped;
    this.dropped = 0;
    this.logger.info('Audit events are stored again', { lost });
    if (lost === 0) return;
    this.note({
      action: 'audit.events_lost',
      outcome: 'failure',
      level: 'critical',
      actorId: null,
      requestId: null,
      details: { lost },
    });
  }

  /** The database refuses one of the batch, which must not hold up the others. */
  private suspect(batch: Waiting[], error: unknown): void {
    if (batch.length > 1) {
      this.suspects = batch.length;
      return;
    }
    const [refused] = batch;
    this.metrics.failed('rejected');
    this.logger.error('An audit event was refused and is lost', { action: refused?.event.action }, error);
    this.take(batch, false);
  }

  private drop(): boolean {
    this.dropped += 1;
    this.metrics.failed('dropped');
    if (this.dropped === 1) this.logger.error('Audit events are lost: too many wait for the database', {});
    return false;
  }

  private tell({ action, outcome, level, subject, actorId }: SealedEventText): void {
    this.logger.warn('Audit event', { action, outcome, audit_level: level, subject, actor_id: actorId });
  }
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });

const short = (text: string | null | undefined) => text?.slice(0, MOST_TEXT) ?? null;

function entryOf(keys: AuditKeyring, event: AuditEvent): SealedEventText {
  const request = currentRequest();
  return seal(keys, {
    action: event.action,
    level: event.level ?? 'info',
    actorId: short(event.actorId === undefined ? request?.user_id : event.actorId),
    subject: short(event.subject),
    requestId: short(event.requestId === undefined ? request?.request_id : event.requestId),
    outcome: event.outcome,
    details: redactForKeeping(event.details ?? {}),
  });
}
