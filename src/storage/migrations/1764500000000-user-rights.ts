import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `ALTER TABLE users DROP CONSTRAINT users_status_check`,
  `ALTER TABLE users ADD CONSTRAINT users_status_check
    CHECK (status IN ('active', 'inactive', 'suspended', 'deleting'))`,
  // The promise to have remote engines forget a user must outlive the user's own rows.
  `ALTER TABLE outbox DROP CONSTRAINT outbox_user_id_fkey`,
  `CREATE TABLE forgotten_items (
    user_id uuid NOT NULL CONSTRAINT forgotten_items_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    engine text NOT NULL,
    mark bytea NOT NULL,
    forgotten_at timestamptz NOT NULL,
    CONSTRAINT forgotten_items_pkey PRIMARY KEY (user_id, engine, mark)
  )`,
  `CREATE INDEX forgotten_items_forgotten_at_idx ON forgotten_items (forgotten_at)`,
  `CREATE TABLE account_exports (
    id uuid NOT NULL CONSTRAINT account_exports_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT account_exports_user_id_key UNIQUE
      CONSTRAINT account_exports_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ready_at timestamptz,
    parts integer NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0
  )`,
  `CREATE INDEX account_exports_expires_at_idx ON account_exports (expires_at)`,
  `CREATE TABLE account_export_parts (
    export_id uuid NOT NULL
      CONSTRAINT account_export_parts_export_id_fkey REFERENCES account_exports (id) ON DELETE CASCADE,
    place integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT account_export_parts_pkey PRIMARY KEY (export_id, place)
  )`,
  `CREATE INDEX audit_events_subject_seq_idx ON audit_events (subject, seq)`,
];

const DOWN = [
  `DROP INDEX audit_events_subject_seq_idx`,
  `DROP TABLE account_export_parts`,
  `DROP TABLE account_exports`,
  `DROP TABLE forgotten_items`,
  `DELETE FROM outbox WHERE NOT EXISTS (SELECT 1 FROM users WHERE users.id = outbox.user_id)`,
  `ALTER TABLE outbox ADD CONSTRAINT outbox_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`,
  `UPDATE users SET status = 'inactive' WHERE status = 'deleting'`,
  `ALTER TABLE users DROP CONSTRAINT users_status_check`,
  `ALTER TABLE users ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'inactive', 'suspended'))`,
];

export class UserRights1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
