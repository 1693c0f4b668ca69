import { Client, type ClientConfig } from 'pg';

/** A row as JSON: names are the foreign system's columns, times are texts. */
export type ForeignRow = Record<string, unknown>;

const PAGE = 200;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * Another system's Postgres, read in one transaction that sees one moment of it and can change nothing. Rows come as
 * JSON, so that columns which one version has and another lacks make no difference.
 */
export class ForeignDatabase {
  private constructor(private readonly client: Client) {}

  static async open(address: ClientConfig): Promise<ForeignDatabase> {
    const client = new Client({
      ...address,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      application_name: 'cozyengine import',
    });
    await client.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return new ForeignDatabase(client);
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  async hasTable(name: string): Promise<boolean> {
    const { rows } = await this.client.query<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [name]);
    return rows[0]?.found === true;
  }

  /** All rows of a table in the order of their ids, page by page. The names are the program's own. */
  async *rows(table: string): AsyncGenerator<ForeignRow> {
    yield* this.pages(`SELECT to_jsonb(t) AS row, id::text AS cursor FROM ${table} t
      WHERE ($1::text IS NULL OR id::text > $1) AND $2::text IS NULL ORDER BY id::text LIMIT ${PAGE}`);
  }

  /** Those whose `column` is `value`, in the order of their ids. */
  async *rowsWhere(table: string, column: string, value: string): AsyncGenerator<ForeignRow> {
    yield* this.pages(
      `SELECT to_jsonb(t) AS row, id::text AS cursor FROM ${table} t
       WHERE ($1::text IS NULL OR id::text > $1) AND ${column} = $2 ORDER BY id::text LIMIT ${PAGE}`,
      value,
    );
  }

  async row(table: string, column: string, value: string): Promise<ForeignRow | undefined> {
    const { rows } = await this.client.query<{ row: ForeignRow }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${column} = $1 LIMIT 1`,
      [value],
    );
    return rows[0]?.row;
  }

  private async *pages(text: string, value: string | null = null): AsyncGenerator<ForeignRow> {
    let cursor: string | null = null;
    for (;;) {
      const page: { rows: { row: ForeignRow; cursor: string }[] } = await this.client.query(text, [cursor, value]);
      for (const { row } of page.rows) yield row;
      const last = page.rows.at(-1);
      if (last === undefined || page.rows.length < PAGE) return;
      cursor = last.cursor;
    }
  }
}
