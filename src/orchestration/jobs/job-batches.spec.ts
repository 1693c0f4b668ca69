import { describe, expect, it } from 'vitest';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';
import { jobBatches, type Sharing } from './job-batches.js';

const row = (id: string, userId: string, kind: string): OutboxRow => ({
  id,
  userId,
  kind,
  sessionId: null,
  turnId: id,
  attempts: 0,
  traceparent: null,
});

const SHARING: Record<string, Sharing> = { 'memory.add.mem0': 'user', 'memory.add': 'users' };

const jobsOf = (...rows: OutboxRow[]) =>
  jobBatches(rows, (kind) => SHARING[kind] ?? 'row').map((batch) => batch.map(({ id }) => id));

describe('what the relay hands over', () => {
  it('is one row of a user for all that one job does in order, the oldest', () => {
    const kind = 'memory.add.mem0';
    const rows = [row('2', 'ana', kind), row('1', 'ana', kind), row('3', 'bo', kind)];
    expect(jobsOf(...rows)).toEqual([['1'], ['3']]);
  });

  it('is every row of kinds that are done one by one: several documents of a user are not indexed 30 s apart', () => {
    const rows = ['1', '2', '3'].map((id) => row(id, 'ana', 'document.index'));
    const others = ['4', '5'].map((id) => row(id, 'ana', 'session.summary'));
    expect(jobsOf(...rows, ...others)).toEqual([['1'], ['2'], ['3'], ['4'], ['5']]);
  });

  it('is several users’ rows together of a kind that mixes them, fifty users a job', () => {
    const rows = Array.from({ length: 120 }, (_, at) => row(String(at).padStart(3, '0'), `u${at % 60}`, 'memory.add'));
    const jobs = jobsOf(...rows, row('200', 'ana', 'memory.add.mem0'));
    expect(jobs.map(({ length }) => length)).toEqual([50, 10, 1]);
    expect(jobs.flat().slice(0, 60)).toEqual(rows.slice(0, 60).map(({ id }) => id));
  });
});
