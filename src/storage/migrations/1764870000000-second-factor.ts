import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `ALTER TABLE users
    ADD COLUMN mfa_enabled_at timestamptz,
    ADD COLUMN mfa_last_step bigint,
    ADD COLUMN mfa_recovery_hashes bytea[] NOT NULL DEFAULT '{}'`,
  `CREATE TABLE sign_in_failures (
    login_hash bytea NOT NULL CONSTRAINT sign_in_failures_pkey PRIMARY KEY,
    failures integer NOT NULL,
    failed_at timestamptz NOT NULL,
    locked_until timestamptz
  )`,
  `CREATE INDEX sign_in_failures_failed_at_idx ON sign_in_failures (failed_at)`,
];

const DOWN = [
  'DROP TABLE sign_in_failures',
  `ALTER TABLE users DROP COLUMN mfa_enabled_at, DROP COLUMN mfa_last_step, DROP COLUMN mfa_recovery_hashes`,
];

export class SecondFactor1764870000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
