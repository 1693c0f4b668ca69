import type { MigrationInterface, QueryRunner } from 'typeorm';
import { buildBesideOthers } from './index-building.js';

const OPEN = 'outbox (available_at) WHERE done_at IS NULL AND dead_at IS NULL';

/**
 * What looks for somebody's open work was found to read everybody's through the index by time, as statistics of a queue are
 * old most of the time: it now serves what asks by time alone. And what is done is swept out of the indexes when it is a
 * hundredth of the table, not a fifth. The table may be large: nobody who writes is held up.
 */
export class OutboxIndex1764960000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await buildBesideOthers(runner, { outbox_due_idx: `${OPEN} AND available_at IS NOT NULL` }, ['outbox_open_idx']);
    await runner.query(
      'ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.01)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)');
    await runner.query('DROP INDEX outbox_due_idx');
    await runner.query(`CREATE INDEX outbox_open_idx ON ${OPEN}`);
  }
}
