import type { MigrationInterface, QueryRunner } from 'typeorm';

// Rows from before have no outline: it is made of their text whenever they are searched.
const UP = [
  `ALTER TABLE memories ADD COLUMN outline text`,
  `ALTER TABLE memories DROP COLUMN search`,
  `ALTER TABLE memories DROP CONSTRAINT memories_kind_check`,
  `ALTER TABLE memories ADD CONSTRAINT memories_kind_check
    CHECK (kind IN ('said', 'fact', 'kept', 'asked', 'replied'))`,
];

const DOWN = [
  `DELETE FROM memories WHERE kind IN ('asked', 'replied')`,
  `ALTER TABLE memories DROP CONSTRAINT memories_kind_check`,
  `ALTER TABLE memories ADD CONSTRAINT memories_kind_check CHECK (kind IN ('said', 'fact', 'kept'))`,
  `ALTER TABLE memories ADD COLUMN search tsvector`,
  `UPDATE memories SET search = to_tsvector('english', text)`,
  `ALTER TABLE memories ALTER COLUMN search SET NOT NULL`,
  `ALTER TABLE memories DROP COLUMN outline`,
];

export class MemoryOutlines1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
