import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every instance hears when a session is renamed or deleted, whoever does it. */
const UP = [
  `CREATE FUNCTION notify_session_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('session-changed', NEW.user_id || ' ' || NEW.id);
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER sessions_changed AFTER UPDATE OF title, deleted_at ON sessions FOR EACH ROW
    WHEN (OLD.title IS DISTINCT FROM NEW.title OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
    EXECUTE FUNCTION notify_session_changed()`,
];

const DOWN = ['DROP TRIGGER sessions_changed ON sessions', 'DROP FUNCTION notify_session_changed()'];

export class SessionSignals1764700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
