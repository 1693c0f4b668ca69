import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';

export const AUDIT_METRICS = [
  makeCounterProvider({
    name: 'cozy_audit_events_total',
    help: 'Audit events stored, by action and outcome.',
    labelNames: ['action', 'outcome'],
  }),
  makeCounterProvider({
    name: 'cozy_audit_failures_total',
    help: 'What went wrong: store (tried again), rejected and dropped (events lost), refused (forged or changed), chain, checkpoint, verify, retention.',
    labelNames: ['reason'],
  }),
  makeGaugeProvider({ name: 'cozy_audit_waiting', help: 'Audit events in this process that are not stored yet.' }),
  makeGaugeProvider({
    name: 'cozy_audit_inbox_backlog',
    help: 'Stored audit events that wait for their place in the chain, counted up to 10,000.',
  }),
  makeGaugeProvider({ name: 'cozy_audit_chain_broken', help: '1 where the last check found the audit chain broken.' }),
];

export type AuditFailure =
  'store' | 'rejected' | 'dropped' | 'refused' | 'chain' | 'checkpoint' | 'verify' | 'retention';

const LOSSES: readonly AuditFailure[] = ['rejected', 'dropped', 'refused'];

@Injectable()
export class AuditMetrics {
  constructor(
    @InjectMetric('cozy_audit_events_total') private readonly events: Counter,
    @InjectMetric('cozy_audit_failures_total') private readonly failures: Counter,
    @InjectMetric('cozy_audit_waiting') private readonly unstored: Gauge,
    @InjectMetric('cozy_audit_inbox_backlog') private readonly inbox: Gauge,
    @InjectMetric('cozy_audit_chain_broken') private readonly broken: Gauge,
  ) {
    // A counter that begins with its first loss has not grown, and no alert would see that one.
    for (const reason of LOSSES) failures.inc({ reason }, 0);
  }

  stored(action: string, outcome: string): void {
    this.events.inc({ action, outcome });
  }

  failed(reason: AuditFailure, count = 1): void {
    this.failures.inc({ reason }, count);
  }

  waiting(count: number): void {
    this.unstored.set(count);
  }

  backlog(count: number): void {
    this.inbox.set(count);
  }

  chainBroken(isBroken: boolean): void {
    this.broken.set(isBroken ? 1 : 0);
  }
}
