import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Packed, a column tells nothing of what reading it takes, and that is counted before it is read. */
const COUNTED = ['tool_calls', 'exchange'];

export class ForgottenImports1764930000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE forgotten_imports (
        user_id uuid NOT NULL CONSTRAINT forgotten_imports_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
        id uuid NOT NULL,
        CONSTRAINT forgotten_imports_pkey PRIMARY KEY (user_id, id)
      )`);
    for (const column of COUNTED) {
      await runner.query(`ALTER TABLE messages ALTER COLUMN ${column} SET STORAGE EXTERNAL`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of COUNTED) {
      await runner.query(`ALTER TABLE messages ALTER COLUMN ${column} SET STORAGE EXTENDED`);
    }
    await runner.query('DROP TABLE forgotten_imports');
  }
}
