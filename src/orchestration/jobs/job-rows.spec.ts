import { describe, expect, it } from 'vitest';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';
import { jobRows } from './job-rows.js';

const row = (id: string, userId: string, kind: string): OutboxRow => ({
  id,
  userId,
  kind,
  sessionId: null,
  turnId: id,
  attempts: 0,
  traceparent: null,
});

const jobsOf = (...rows: OutboxRow[]) =>
  jobRows(rows, (kind) => kind.startsWith('memory'))
    .map(({ id }) => id)
    .toSorted();

describe('what the relay hands over', () => {
  it('is one row of a user for all that one job does in order, the oldest', () => {
    const rows = [row('2', 'ana', 'memory.add'), row('1', 'ana', 'memory.add'), row('3', 'bo', 'memory.add')];
    expect(jobsOf(...rows)).toEqual(['1', '3']);
  });

  it('is every row of kinds that are done one by one: several documents of a user are not indexed 30 s apart', () => {
    const rows = ['1', '2', '3'].map((id) => row(id, 'ana', 'document.index'));
    expect(jobsOf(...rows, row('4', 'ana', 'session.summary'), row('5', 'ana', 'session.summary'))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
  });
});
