import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pictures and sound are packed already: packing them again costs time with every read and saves nothing. */
const COLUMNS = ['messages ALTER COLUMN parts', 'responses ALTER COLUMN input'];

export class LargeParts1764900010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const column of COLUMNS) await runner.query(`ALTER TABLE ${column} SET STORAGE EXTERNAL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of COLUMNS) await runner.query(`ALTER TABLE ${column} SET STORAGE EXTENDED`);
  }
}
