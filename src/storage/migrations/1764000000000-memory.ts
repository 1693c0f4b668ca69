import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  // Finds misspelt words. It comes with PostgreSQL; a server that lacks it, or a role that may not have it, does without.
  `DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
  EXCEPTION WHEN undefined_file OR feature_not_supported OR insufficient_privilege THEN
    RAISE NOTICE 'pg_trgm cannot be had: misspelt words will not be found in memories';
  END $$`,
  `CREATE TABLE memories (
    id uuid NOT NULL CONSTRAINT memories_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT memories_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    session_id uuid,
    message_id uuid,
    turn_id uuid,
    kind text NOT NULL CONSTRAINT memories_kind_check CHECK (kind IN ('said', 'fact', 'kept')),
    text text NOT NULL CONSTRAINT memories_text_check CHECK (char_length(text) <= 4000),
    hash bytea NOT NULL,
    search tsvector NOT NULL,
    embedding real[],
    embedding_model text,
    signature varbit,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT memories_user_id_hash_key UNIQUE (user_id, hash)
  )`,
  `CREATE INDEX memories_user_id_id_idx ON memories (user_id, id)`,
  `CREATE TABLE profile_facts (
    id uuid NOT NULL CONSTRAINT profile_facts_pkey PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT profile_facts_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    key text NOT NULL CONSTRAINT profile_facts_key_check CHECK (char_length(key) <= 64),
    slot text NOT NULL,
    value text NOT NULL CONSTRAINT profile_facts_value_check CHECK (char_length(value) <= 500),
    source text NOT NULL CONSTRAINT profile_facts_source_check CHECK (source IN ('rules', 'model', 'user')),
    message_id uuid,
    turn_id uuid,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    superseded_by uuid
  )`,
  `CREATE UNIQUE INDEX profile_facts_believed_idx ON profile_facts (user_id, slot) WHERE valid_to IS NULL`,
  `CREATE INDEX profile_facts_user_id_idx ON profile_facts (user_id)`,
  `CREATE TABLE learned_turns (
    turn_id uuid NOT NULL,
    engine text NOT NULL,
    user_id uuid NOT NULL CONSTRAINT learned_turns_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    learned_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT learned_turns_pkey PRIMARY KEY (turn_id, engine)
  )`,
  `CREATE INDEX learned_turns_user_id_idx ON learned_turns (user_id)`,
  `CREATE INDEX learned_turns_learned_at_idx ON learned_turns (learned_at)`,
  `CREATE TABLE learning_horizons (
    user_id uuid NOT NULL CONSTRAINT learning_horizons_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    engine text NOT NULL,
    forgotten_until timestamptz NOT NULL,
    CONSTRAINT learning_horizons_pkey PRIMARY KEY (user_id, engine)
  )`,
];

const TABLES = ['learning_horizons', 'learned_turns', 'profile_facts', 'memories'];

export class Memory1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE ${table}`);
  }
}
