import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every instance keeps what searches compare of a user's memories, and reads only what has come to it: two numbers tell
 * whether something has. Whatever writes memories raises them, in its own transaction.
 */
const UP = [
  `CREATE TABLE memory_revisions (
    user_id uuid NOT NULL,
    appended bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    CONSTRAINT memory_revisions_pkey PRIMARY KEY (user_id),
    CONSTRAINT memory_revisions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
  )`,
  `CREATE FUNCTION note_memories_appended() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO memory_revisions (user_id, appended)
      SELECT DISTINCT user_id, 1 FROM fresh ORDER BY user_id
      ON CONFLICT (user_id) DO UPDATE SET appended = memory_revisions.appended + 1;
      RETURN NULL;
    END $$`,
  // An account that is being deleted may have no row any more, and gets none.
  `CREATE FUNCTION note_memories_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE memory_revisions SET changed = changed + 1 WHERE user_id IN (SELECT user_id FROM touched);
      RETURN NULL;
    END $$`,
  // What was kept before has no row yet: without one, changes to it would not be noted.
  'INSERT INTO memory_revisions (user_id) SELECT DISTINCT user_id FROM memories',
  `CREATE TRIGGER memories_appended AFTER INSERT ON memories REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION note_memories_appended()`,
  `CREATE TRIGGER memories_updated AFTER UPDATE ON memories REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION note_memories_changed()`,
  `CREATE TRIGGER memories_deleted AFTER DELETE ON memories REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION note_memories_changed()`,
];

const DOWN = [
  'DROP TRIGGER memories_deleted ON memories',
  'DROP TRIGGER memories_updated ON memories',
  'DROP TRIGGER memories_appended ON memories',
  'DROP FUNCTION note_memories_changed()',
  'DROP FUNCTION note_memories_appended()',
  'DROP TABLE memory_revisions',
];

export class MemoryRevisions1764810000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
