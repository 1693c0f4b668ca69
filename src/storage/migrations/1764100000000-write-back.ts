import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE outbox_leases (
    user_id uuid NOT NULL CONSTRAINT outbox_leases_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL,
    holder uuid NOT NULL,
    locked_until timestamptz NOT NULL,
    CONSTRAINT outbox_leases_pkey PRIMARY KEY (user_id, kind)
  )`,
  `CREATE INDEX outbox_user_id_kind_open_idx ON outbox (user_id, kind, id) WHERE done_at IS NULL AND dead_at IS NULL`,
  `CREATE INDEX outbox_dead_idx ON outbox (id) WHERE dead_at IS NOT NULL`,
];

export class WriteBack1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX outbox_dead_idx');
    await runner.query('DROP INDEX outbox_user_id_kind_open_idx');
    await runner.query('DROP TABLE outbox_leases');
  }
}
