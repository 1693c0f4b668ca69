import { expect, it, vi } from 'vitest';
import { EnginesSection } from '../../src/core/config/sections/engines.section.js';
import { Logger } from '../../src/core/logging/logger.js';
import type { OutboxMetrics } from '../../src/core/metrics/outbox-metrics.js';
import { newId } from '../../src/core/util/ids.js';
import { BacklogService } from '../../src/orchestration/jobs/backlog.service.js';
import { OutboxRepository } from '../../src/storage/outbox/outbox.repository.js';
import { emptyDatabase, storedUser } from '../setup/test-database.js';

it('the backlog is too long over its bound, until a tenth of it is done', async () => {
  const test = await emptyDatabase();
  try {
    await test.dataSource.runMigrations();
    const userId = await storedUser(test.database);
    const section = Object.assign(new EnginesSection(), { write_back: { max_backlog: 100 } });
    const metrics = { backlog: vi.fn<OutboxMetrics['backlog']>() };
    const outbox = new OutboxRepository(test.database);
    const logger = new Logger('silent');
    const service = new BacklogService(section, outbox, metrics as unknown as OutboxMetrics, logger);
    const promised = async (rows: number) => {
      await test.dataSource.query('DELETE FROM outbox');
      const ids = Array.from({ length: rows }, newId);
      await test.dataSource.query(
        `INSERT INTO outbox (id, kind, user_id, turn_id) SELECT id, 'memory.add', $1, id FROM unnest($2::uuid[]) id`,
        [userId, ids],
      );
      await service.measure();
      return service.full;
    };
    expect([await promised(100), await promised(120), await promised(95), await promised(90)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(metrics.backlog.mock.calls.map(([{ open }, full]) => [open, full])).toEqual([
      [100, false],
      [101, true],
      [95, true],
      [90, false],
    ]);
  } finally {
    await test.remove();
  }
});
