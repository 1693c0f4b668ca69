import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every instance hears of a change, whoever writes it. */
const UP = [
  `CREATE TABLE canary_rules (
    feature text NOT NULL CONSTRAINT canary_rules_pkey PRIMARY KEY,
    rule jsonb NOT NULL,
    rolled_back_at timestamptz,
    rolled_back_cause text,
    updated_by uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT canary_rules_rolled_back_check CHECK ((rolled_back_at IS NULL) = (rolled_back_cause IS NULL))
  )`,
  `CREATE FUNCTION notify_canary_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('canary-changed', '');
      RETURN NULL;
    END $$`,
  `CREATE TRIGGER canary_rules_changed AFTER INSERT OR UPDATE OR DELETE ON canary_rules FOR EACH STATEMENT
    EXECUTE FUNCTION notify_canary_changed()`,
];

const DOWN = ['DROP TABLE canary_rules', 'DROP FUNCTION notify_canary_changed()'];

export class CanaryRules1764850000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
