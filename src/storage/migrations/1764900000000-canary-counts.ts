import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE canary_counts (
    feature text NOT NULL,
    version text NOT NULL,
    instance_id uuid NOT NULL,
    slices jsonb NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT canary_counts_pkey PRIMARY KEY (feature, version, instance_id)
  )`,
  'CREATE INDEX canary_counts_expires_at_idx ON canary_counts (expires_at)',
];

const DOWN = ['DROP TABLE canary_counts'];

export class CanaryCounts1764900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
