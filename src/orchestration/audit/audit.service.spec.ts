import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import type { AuditInboxRepository, SealedEventText } from '../../storage/audit/audit-inbox.repository.js';
import { auditMetrics, auditVault } from '../../../test/setup/audit.js';
import type { AuditEvent } from './audit-event.js';
import { AuditService } from './audit.service.js';

const CALL: AuditEvent = { action: 'tool.call', outcome: 'success' };

let stored: SealedEventText[];
let fault: ((events: readonly SealedEventText[]) => Error | undefined) | undefined;
let logged: string[];
let audit: AuditService;

beforeEach(() => {
  vi.useFakeTimers();
  stored = [];
  fault = undefined;
  logged = [];
  const inbox = {
    add: (events: readonly SealedEventText[]) => {
      const error = fault?.(events);
      if (error) return Promise.reject(error);
      stored.push(...events);
      return Promise.resolve();
    },
  };
  const log = new Logger('info', {
    write: (line) => void logged.push((JSON.parse(line) as { message: string }).message),
  });
  audit = new AuditService(inbox as unknown as AuditInboxRepository, auditVault(), auditMetrics(), log);
});
afterEach(() => vi.useRealTimers());

const isAway = () => new CozyError('STORAGE_UNAVAILABLE');
const subjects = () => stored.map(({ subject }) => subject);

describe('audit.record', () => {
  it('says true once the event is stored', async () => {
    expect(await audit.record(CALL)).toBe(true);
    expect(stored).toHaveLength(1);
  });

  it('keeps nobody waiting for a database that is away, says so once, and stores all when it is back', async () => {
    fault = isAway;
    expect(await audit.record({ ...CALL, subject: '1' })).toBe(false);
    expect(await audit.record({ ...CALL, subject: '2' })).toBe(false);
    await vi.advanceTimersByTimeAsync(30_000);
    fault = undefined;
    await vi.advanceTimersByTimeAsync(5000);
    expect(subjects()).toEqual(['1', '2']);
    expect(await audit.record({ ...CALL, subject: '3' })).toBe(true);
    expect(logged).toEqual([
      'Audit events cannot be stored; kept in memory and tried again',
      'Audit events are stored again',
    ]);
  });

  it('keeps the first five thousand while the database is away, and puts on record how many were lost', async () => {
    fault = isAway;
    for (let index = 0; index < 5010; index += 1) audit.note({ ...CALL, subject: String(index) });
    await vi.advanceTimersByTimeAsync(1000);
    fault = undefined;
    await vi.advanceTimersByTimeAsync(5000);
    expect(stored).toHaveLength(5001);
    expect(stored[4999]?.subject).toBe('4999');
    expect(stored[5000]).toMatchObject({ action: 'audit.events_lost', level: 'critical', details: '{"lost":10}' });
  });

  it('one event that the database refuses does not hold up the others', async () => {
    fault = (events) => (events.some(({ subject }) => subject === 'bad') ? new Error('no') : undefined);
    const said = ['1', 'bad', '3', '4'].map((subject) => audit.record({ ...CALL, subject }));
    expect(await Promise.all(said)).toEqual([true, false, true, true]);
    expect(subjects()).toEqual(['1', '3', '4']);
    expect(logged).toContain('An audit event was refused and is lost');
  });

  // An event that comes in the very moment in which the last statement ends must not be left behind.
  it('stores what comes while the last statement ends', async () => {
    const second = audit.record(CALL).then(() => audit.record(CALL));
    expect(await second).toBe(true);
    expect(stored).toHaveLength(2);
  });

  it('hides secrets in details and cuts what is long', async () => {
    await audit.record({ ...CALL, subject: 's'.repeat(500), details: { password: 'x', text: 'y '.repeat(5000) } });
    expect(stored[0]?.subject).toHaveLength(200);
    expect(stored[0]?.details).toContain('"password":"[redacted]"');
    expect(stored[0]?.details.length).toBeLessThan(1000);
  });
});

describe('audit.noteSampled', () => {
  it('records the first of a kind at once, and the rest as one event a minute later', async () => {
    for (let index = 0; index < 100; index += 1) audit.noteSampled('a', { ...CALL, details: { kind: 'a' } });
    audit.noteSampled('b', { ...CALL, details: { kind: 'b' } });
    await vi.advanceTimersByTimeAsync(0);
    expect(stored.map(({ details }) => details)).toEqual(['{"kind":"a"}', '{"kind":"b"}']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(stored.slice(2).map(({ details }) => details)).toEqual(['{"kind":"a","more":99}']);
    audit.noteSampled('a', { ...CALL, details: { kind: 'a' } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(stored).toHaveLength(4);
  });
});

describe('at shutdown', () => {
  it('what was counted and what waits is stored', async () => {
    audit.noteSampled('a', CALL);
    audit.noteSampled('a', CALL);
    audit.beforeApplicationShutdown();
    await audit.onApplicationShutdown();
    expect(stored).toHaveLength(2);
  });

  it('what cannot be stored is told, and the shutdown goes on', async () => {
    fault = isAway;
    audit.note(CALL);
    const end = audit.onApplicationShutdown();
    await vi.advanceTimersByTimeAsync(3000);
    await end;
    expect(logged.at(-1)).toBe('Audit events were lost, as the database is away');
  });
});
