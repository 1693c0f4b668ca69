import type { MigrationInterface, QueryRunner } from 'typeorm';

const index = (condition: string) =>
  `CREATE INDEX outbox_open_idx ON outbox (available_at) WHERE done_at IS NULL AND dead_at IS NULL${condition}`;

/**
 * What looks for somebody's open work was found to read everybody's through this index, as statistics of a queue are old
 * most of the time: it now serves what asks by time alone. And what is done is swept out of the indexes when it is a
 * hundredth of the table, not a fifth.
 */
export class OutboxIndex1764960000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX outbox_open_idx');
    await runner.query(index(' AND available_at IS NOT NULL'));
    await runner.query(
      'ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.01)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)');
    await runner.query('DROP INDEX outbox_open_idx');
    await runner.query(index(''));
  }
}
