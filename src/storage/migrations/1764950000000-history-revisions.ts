import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every instance keeps the recent history of sessions that go on, and reads only what has come to it: a number tells
 * whether what was there still is as it was. Whatever changes or takes away a message raises it, in its own transaction.
 */
const UP = [
  `CREATE FUNCTION note_history_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE sessions SET history_revision = history_revision + 1
      WHERE id IN (SELECT session_id FROM touched WHERE TG_OP = 'UPDATE' OR deleted_at IS NULL);
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER messages_updated AFTER UPDATE ON messages REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION note_history_changed()`,
  `CREATE TRIGGER messages_deleted AFTER DELETE ON messages REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION note_history_changed()`,
  // The last: statements of running instances lock messages before sessions, too.
  'ALTER TABLE sessions ADD COLUMN history_revision integer NOT NULL DEFAULT 0',
];

const DOWN = [
  'DROP TRIGGER messages_deleted ON messages',
  'DROP TRIGGER messages_updated ON messages',
  'DROP FUNCTION note_history_changed()',
  'ALTER TABLE sessions DROP COLUMN history_revision',
];

export class HistoryRevisions1764950000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
