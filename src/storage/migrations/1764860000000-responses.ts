import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Answers of the Responses API, as they were given. */
const UP = [
  `CREATE TABLE responses (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    seq bigint NOT NULL,
    makes_session boolean NOT NULL,
    system jsonb NOT NULL DEFAULT '[]',
    input jsonb NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX responses_session_id_idx ON responses (session_id)',
  'CREATE INDEX responses_user_id_idx ON responses (user_id)',
];

const DOWN = ['DROP TABLE responses'];

export class Responses1764860000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
