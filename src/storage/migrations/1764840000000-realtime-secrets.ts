import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE realtime_secrets (
    id uuid NOT NULL CONSTRAINT realtime_secrets_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT realtime_secrets_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    secret_hash bytea NOT NULL CONSTRAINT realtime_secrets_secret_hash_key UNIQUE,
    credential_id uuid,
    is_api_key boolean NOT NULL,
    token_version integer NOT NULL,
    wish jsonb NOT NULL,
    expires_at timestamptz NOT NULL
  )`,
  `CREATE INDEX realtime_secrets_user_id_idx ON realtime_secrets (user_id)`,
  `CREATE INDEX realtime_secrets_expires_at_idx ON realtime_secrets (expires_at)`,
];

export class RealtimeSecrets1764840000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE realtime_secrets');
  }
}
