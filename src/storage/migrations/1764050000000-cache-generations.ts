import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE cache_generations (
    subject text NOT NULL CONSTRAINT cache_generations_pkey PRIMARY KEY,
    generation uuid NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX cache_generations_raised_at_idx ON cache_generations (raised_at)`,
];

export class CacheGenerations1764050000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cache_generations');
  }
}
