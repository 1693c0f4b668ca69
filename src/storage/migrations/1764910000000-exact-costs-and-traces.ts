import type { MigrationInterface, QueryRunner } from 'typeorm';

// Without bounds no row is rewritten, and nothing is rounded: a token may cost less than a millionth of a dollar.
const COSTS = [
  ['usage_events', 'cost_usd'],
  ['usage_daily', 'cost_usd'],
  ['sessions', 'total_cost_usd'],
] as const;

export class ExactCostsAndTraces1764910000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, column] of COSTS) await runner.query(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE numeric`);
    await runner.query('ALTER TABLE outbox ADD COLUMN traceparent text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE outbox DROP COLUMN traceparent');
    for (const [table, column] of COSTS) {
      await runner.query(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE numeric(14,6)`);
    }
  }
}
