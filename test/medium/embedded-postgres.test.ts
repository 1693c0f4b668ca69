import { randomBytes } from 'node:crypto';
import { Client, Pool, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.js';

const LOCK_TIMEOUT_MS = 300;

let db: EmbeddedPostgres;
let pool: Pool;

beforeAll(async () => {
  db = await startEmbeddedPostgres({ lockTimeoutMs: LOCK_TIMEOUT_MS });
  const setup = new Client(db.poolConfig);
  await setup.connect();
  await setup.query('CREATE EXTENSION vector; CREATE EXTENSION citext; CREATE EXTENSION pg_trgm');
  await setup.query('CREATE EXTENSION unaccent; CREATE EXTENSION pgcrypto');
  await setup.end();
});
afterAll(() => db.close());

beforeEach(async () => {
  pool = new Pool({ ...db.poolConfig, max: 5 });
  await pool.query('DROP TABLE IF EXISTS t; CREATE TABLE t (id int PRIMARY KEY, word text)');
});
afterEach(() => pool.end());

/** As many connections as asked for, all different, given back afterwards. */
async function withClients(count: number, work: (clients: PoolClient[]) => Promise<void>): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()));
  try {
    await work(clients);
  } finally {
    for (const client of clients) client.release();
  }
}

function at<T>(list: T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`no element ${index}`);
  return found;
}

/** Reads the counter in row 1 and writes it back one higher, in a transaction. */
function increment(): Promise<void> {
  return withClients(1, async ([client]) => {
    await client?.query('BEGIN');
    const { rows } = (await client?.query<{ n: number }>('SELECT word::int AS n FROM t')) ?? { rows: [] };
    await client?.query('UPDATE t SET word = $1', [at(rows, 0).n + 1]);
    await client?.query('COMMIT');
  });
}

async function ids(): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>('SELECT id FROM t ORDER BY id');
  return rows.map(({ id }) => id);
}

async function preparedStatements(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>('SELECT count(*)::int FROM pg_prepared_statements');
  return at(rows, 0).count;
}

describe('statements', () => {
  it('keeps prepared statements of one name apart', async () => {
    await withClients(5, async (clients) => {
      for (let round = 0; round < 3; round++) {
        const results = await Promise.all(
          clients.map((client, i) => client.query({ name: 'same', text: `SELECT ${i} AS n, $1::text AS s`, values: [`v${i}`] })), // prettier-ignore
        );
        expect(results.map(({ rows }) => rows)).toEqual(clients.map((_, i) => [{ n: i, s: `v${i}` }]));
      }
    });
  });

  it('forgets the prepared statements of a connection that left', async () => {
    const before = await preparedStatements();
    const client = new Client(db.poolConfig);
    await client.connect();
    await client.query({ name: 'mine', text: 'SELECT 1' });
    expect(await preparedStatements()).toBe(before + 1);
    await client.end();
    await expect.poll(preparedStatements).toBe(before);
  });

  it('lets DISCARD ALL drop only the own statements', async () => {
    await withClients(2, async ([one, other]) => {
      const statement = { name: 'mine', text: 'SELECT $1::int AS n', values: [1] };
      await one?.query(statement);
      await other?.query(statement);
      await one?.query('DISCARD ALL');
      await expect(other?.query(statement)).resolves.toMatchObject({ rows: [{ n: 1 }] });
      await expect(one?.query(statement)).rejects.toMatchObject({ code: '26000' });
    });
  });

  it('answers fifty queries at once, each with its own result', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => pool.query('SELECT $1::int AS n', [i])));
    expect(results.map(({ rows }) => rows)).toEqual(Array.from({ length: 50 }, (_, i) => [{ n: i }]));
  });

  it('goes on after errors, in simple and extended protocol', async () => {
    await withClients(1, async ([client]) => {
      await expect(client?.query('SELEC 1')).rejects.toMatchObject({ code: '42601' });
      await expect(client?.query('SELECT 1/$1::int', [0])).rejects.toMatchObject({ code: '22012' });
      await expect(client?.query({ name: 'bad', text: 'SELECT x' })).rejects.toMatchObject({ code: '42703' });
      await expect(client?.query({ name: 'bad', text: 'SELECT 1 AS n' })).resolves.toMatchObject({ rows: [{ n: 1 }] });
    });
  });

  it('refuses COPY FROM STDIN and lives on', async () => {
    await expect(pool.query('COPY t FROM STDIN')).rejects.toThrow(/COPY FROM STDIN is not possible/);
    await expect(pool.query('SELECT 1; COPY t FROM STDIN')).rejects.toThrow(/COPY FROM STDIN is not possible/);
    await expect(pool.query({ name: 'copy', text: 'COPY t FROM STDIN' })).rejects.toThrow(/COPY FROM STDIN/);
    expect(await ids()).toEqual([]);
  });

  it('stops a runaway recursion with an error and lives on', async () => {
    await pool.query(
      `CREATE FUNCTION runaway(i int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN runaway(i + 1); END'`,
    );
    await expect(pool.query('SELECT runaway(1)')).rejects.toMatchObject({ code: '54001' });
    await pool.query('DROP FUNCTION runaway');
  });
});

describe('transactions', () => {
  it('runs one after the other, none losing the work of another', async () => {
    await pool.query('INSERT INTO t VALUES (1, 0)');
    await Promise.all(Array.from({ length: 20 }, increment));
    await expect(pool.query('SELECT word FROM t')).resolves.toMatchObject({ rows: [{ word: '20' }] });
  });

  it('rolls back when a connection is cut inside one, and lets the others go on', async () => {
    const stream = db.poolConfig.stream();
    const client = new Client({ ...db.poolConfig, stream: () => stream });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO t VALUES (1)');
    const waiting = ids();
    stream.destroy();
    expect(await waiting).toEqual([]);
  });

  it('rolls back when a connection ends inside a failed one', async () => {
    const client = new Client(db.poolConfig);
    await client.connect();
    await client.query('BEGIN');
    await expect(client.query('INSERT INTO t VALUES (1), (1)')).rejects.toMatchObject({ code: '23505' });
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
    await client.end();
    expect(await ids()).toEqual([]);
  });

  it('gives a waiting statement 55P03 after the lock timeout, and works again afterwards', async () => {
    await withClients(2, async ([holder, other]) => {
      await holder?.query('BEGIN');
      await expect(other?.query('SELECT 1')).rejects.toMatchObject({ code: '55P03' });
      await expect(other?.query('SELECT $1::int', [1])).rejects.toMatchObject({ code: '55P03' });
      await holder?.query('COMMIT');
      await expect(other?.query('SELECT $1::int AS n', [1])).resolves.toMatchObject({ rows: [{ n: 1 }] });
    });
  });
});

describe('the session', () => {
  it('delivers notifications to every listener, and to no one else', async () => {
    await withClients(4, async (clients) => {
      const heard: string[] = [];
      clients.forEach((client, i) => client.on('notification', ({ payload }) => heard.push(`${i} ${payload}`)));
      const [one, two, three, four] = clients;
      await one?.query('LISTEN news');
      await two?.query('LISTEN "news"');
      await three?.query('LISTEN news');
      await three?.query('UNLISTEN *');
      await one?.query('LISTEN other');
      await four?.query("SELECT pg_notify('news', 'a')");
      await three?.query("NOTIFY other, 'b'");
      await Promise.all(clients.map((client) => client.query('SELECT 1')));
      expect(heard.toSorted()).toEqual(['0 a', '0 b', '1 a']);
      for (const client of clients) client.removeAllListeners('notification');
    });
  });

  it('heard nothing on a channel whose LISTEN had a comment above it: background jobs came up to 5 s late', async () => {
    await withClients(2, async ([listener, sender]) => {
      const heard: (string | undefined)[] = [];
      listener?.on('notification', ({ payload }) => heard.push(payload));
      await listener?.query('-- Subscribe to the shared channel.\n-- One for all.\nLISTEN bullmq_jobs;\n');
      await sender?.query("SELECT pg_notify('bullmq_jobs', 'cozy-jobs')");
      await listener?.query('SELECT 1');
      expect(heard).toEqual(['cozy-jobs']);
      listener?.removeAllListeners('notification');
    });
  });

  it('gives each connection the settings of its startup, and refuses wrong ones', async () => {
    const german = new Client({ ...db.poolConfig, options: '-c search_path=pg_catalog -c timezone=Europe/Berlin' });
    await german.connect();
    const show = 'SELECT current_setting($1) AS value';
    for (let round = 0; round < 2; round++) {
      await expect(german.query(show, ['timezone'])).resolves.toMatchObject({ rows: [{ value: 'Europe/Berlin' }] });
      await expect(german.query(show, ['search_path'])).resolves.toMatchObject({ rows: [{ value: 'pg_catalog' }] });
      await expect(pool.query(show, ['timezone'])).resolves.toMatchObject({ rows: [{ value: 'UTC' }] });
    }
    await german.end();
    const wrong = new Client({ ...db.poolConfig, options: '-c work_mem=much' });
    await expect(wrong.connect()).rejects.toThrow(/work_mem/);
    await expect(pool.query(show, ['work_mem'])).resolves.toMatchObject({ rowCount: 1 });
  });

  it('says which PostgreSQL it is', async () => {
    const { rows } = await pool.query<{ v: string }>("SELECT current_setting('server_version') AS v");
    expect(at(rows, 0).v).toMatch(/^18\./);
  });
});

describe('values', () => {
  it('takes and gives two megabytes', async () => {
    const text = randomBytes(1024 * 1024).toString('hex');
    const { rows } = await pool.query<{ s: string }>('SELECT $1::text || $1::text AS s', [text]);
    expect(at(rows, 0).s === text + text).toBe(true);
  });

  it.each([
    ['jsonb', { a: [1, null, 'ä\u{1f600}'], b: { c: true } }],
    ['bytea', Buffer.from([0, 1, 255, 92])],
    ['int[]', [1, 2, null]],
    ['text[]', ['a,b', '"quoted"', 'NULL', null, '']],
    ['timestamptz', new Date('2024-02-29T12:34:56.789Z')],
    ['float8', 0.1 + 0.2],
    ['text', String.raw`it's \ "this"`],
  ])('carries %s there and back', async (type, value) => {
    const { rows } = await pool.query<{ v: unknown }>(`SELECT $1::${type} AS v`, [value]);
    expect(at(rows, 0).v).toEqual(value);
  });

  it.each([
    ['citext', `SELECT 'Anna'::citext = 'aNNA' AS v`, true],
    ['vector', `SELECT '[1,2,3]'::vector <-> '[1,2,5]'::vector AS v`, 2],
    ['pg_trgm', `SELECT similarity('cozy', 'cozy') AS v`, 1],
    ['unaccent', `SELECT unaccent('Hôtel') AS v`, 'Hotel'],
    ['pgcrypto', `SELECT encode(digest('a', 'sha256'), 'hex') LIKE 'ca978112%' AS v`, true],
  ])('has the extension %s', async (_, sql, expected) => {
    const { rows } = await pool.query<{ v: unknown }>(sql);
    expect(at(rows, 0).v).toEqual(expected);
  });
});
