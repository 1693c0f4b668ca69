import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  // '' stands for what is shared.
  `CREATE FUNCTION notify_documents_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('documents-changed', coalesce(coalesce(NEW.owner_id, OLD.owner_id)::text, ''));
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER documents_filled AFTER INSERT OR UPDATE OF status, chunks, dataset ON documents
    FOR EACH ROW WHEN (NEW.status = 'ready') EXECUTE FUNCTION notify_documents_changed()`,
  `CREATE TRIGGER documents_emptied AFTER DELETE ON documents
    FOR EACH ROW WHEN (OLD.status = 'ready') EXECUTE FUNCTION notify_documents_changed()`,
];

const DOWN = [
  'DROP TRIGGER documents_emptied ON documents',
  'DROP TRIGGER documents_filled ON documents',
  'DROP FUNCTION notify_documents_changed()',
];

/** Instances that remember which datasets hold anything hear of every change. */
export class DocumentSignals1764940000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
