import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE session_summaries (
    session_id uuid NOT NULL CONSTRAINT session_summaries_pkey PRIMARY KEY
      CONSTRAINT session_summaries_session_id_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    user_id uuid NOT NULL CONSTRAINT session_summaries_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    covers_to bigint NOT NULL CONSTRAINT session_summaries_covers_to_check CHECK (covers_to > 0),
    text text NOT NULL,
    tokens integer NOT NULL,
    model text NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX session_summaries_user_id_idx ON session_summaries (user_id)`,
];

export class SessionSummaries1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE session_summaries');
  }
}
