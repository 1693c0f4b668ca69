import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `ALTER TABLE messages ADD COLUMN exchange jsonb`,
  `CREATE TABLE tool_exchanges (
    user_id uuid NOT NULL CONSTRAINT tool_exchanges_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    key text NOT NULL,
    exchange jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT tool_exchanges_pkey PRIMARY KEY (user_id, key)
  )`,
  `CREATE INDEX tool_exchanges_expires_at_idx ON tool_exchanges (expires_at)`,
  `CREATE TABLE tool_approvals (
    id uuid NOT NULL CONSTRAINT tool_approvals_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT tool_approvals_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    session_id uuid,
    tool text NOT NULL,
    arguments jsonb NOT NULL,
    by_user boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    approved boolean,
    decided_by uuid,
    decided_at timestamptz
  )`,
  `CREATE INDEX tool_approvals_user_id_idx ON tool_approvals (user_id)`,
  `CREATE INDEX tool_approvals_expires_at_idx ON tool_approvals (expires_at)`,
];

export class Tools1763900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tool_approvals');
    await runner.query('DROP TABLE tool_exchanges');
    await runner.query('ALTER TABLE messages DROP COLUMN exchange');
  }
}
