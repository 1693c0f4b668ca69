import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE used_tickets (
    id uuid NOT NULL CONSTRAINT used_tickets_pkey PRIMARY KEY,
    expires_at timestamptz NOT NULL
  )`,
  `CREATE INDEX used_tickets_expires_at_idx ON used_tickets (expires_at)`,
];

export class UsedTickets1764230000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE used_tickets');
  }
}
