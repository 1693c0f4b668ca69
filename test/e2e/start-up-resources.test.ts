import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, newAccount } from '../setup/account.js';
import { freePort } from '../setup/free-port.js';
import { onServices, RUN_PREFIX } from '../setup/test-lane.js';
import { runToExit, startTestServer, type Stores, testStores } from '../setup/test-server.js';

let stores: Stores & { remove(): Promise<void> };
beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.remove());

const environment = () => ({
  DATA_DIR: stores.dataDir,
  ...(stores.database && { DATABASE_URL: stores.database.url }),
  ...(stores.redisUrl && { REDIS_URL: stores.redisUrl }),
});

/** A start that must fail with one clear message on standard error, exit code 1 and no stack trace. */
async function refusal(env: Record<string, string> = {}): Promise<string> {
  const { code, stderr } = await runToExit({ ...environment(), ...env });
  expect({ code, stack: /^\s+at /m.test(stderr) }).toEqual({ code: 1, stack: false });
  expect(stderr.match(/cannot start/g)).toHaveLength(1);
  expect(stderr).toMatch(/^CozyEngine cannot start\. /);
  return stderr;
}

/** A port of this machine on which nobody listens. */
async function killed(process: ChildProcess): Promise<void> {
  process.kill('SIGKILL');
  await once(process, 'exit');
}

describe('a start', () => {
  it('on a busy port says so and ends', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    try {
      const { port } = busy.address() as AddressInfo;
      expect(await refusal({ PORT: String(port) })).toContain(
        `PORT: port ${port} is in use. Stop the program that uses it, or set PORT to another one.`,
      );
    } finally {
      busy.close();
    }
  });

  it('on an address of another machine says so and ends', async () => {
    expect(await refusal({ HOST: 'no-such-host.invalid' })).toContain('HOST: no-such-host.invalid is no address');
  });

  it('with a data folder that cannot be written says so and ends', async () => {
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-`)), 'a-file');
    writeFileSync(file, '');
    const text = await refusal({ DATA_DIR: path.join(file, 'data') });
    expect(text).toMatch(/DATA_DIR: cannot write to .*a-file\/data \(ENOTDIR\)\. Make it writable/);
  });

  it('with a secret in a file signs with it', async () => {
    const file = path.join(stores.dataDir, 'jwt-secret');
    const secret = 'a secret that is mounted as a file, 42 long';
    writeFileSync(file, `${secret}\n`);
    const first = await startTestServer({ from: stores, env: { JWT_SECRET_FILE: file } });
    const { token } = await newAccount(first.url);
    await first.stop();
    const second = await startTestServer({ from: stores, env: { JWT_SECRET: secret } });
    expect((await call(second.url, 'GET', '/v1/users/me', { token })).status).toBe(200);
    await second.stop();
  });
});

describe('a database that cannot be used', () => {
  it('because nothing listens there: address, reason and remedy, no password', async () => {
    const port = await freePort();
    const text = await refusal({ DATABASE_URL: `postgres://ana:marked-password@127.0.0.1:${port}/cozy` });
    const parts = ['DATABASE_URL', `127.0.0.1:${port}/cozy`, 'ECONNREFUSED', 'nothing listens there', 'start Postgres'];
    for (const part of parts) expect(text).toContain(part);
    expect(text).not.toContain('marked-password');
  });

  it('because its host does not exist', async () => {
    expect(await refusal({ DATABASE_URL: 'postgres://db.invalid/cozy' })).toMatch(
      /DATABASE_URL: .*db\.invalid\/cozy.*(ENOTFOUND|EAI_AGAIN)/,
    );
  });

  // Bug: TypeORM's own URIError is not foreseen, and comes with its stack.
  it('because its URL is no URL', async () => {
    const text = await refusal({ DATABASE_URL: 'postgres://ana:marked-%zz@127.0.0.1:5432/cozy' });
    expect(text).toContain('DATABASE_URL');
    expect(text).not.toContain('marked-');
  });

  it('because what listens there is no database', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { port } = other.address() as AddressInfo;
      expect(await refusal({ DATABASE_URL: `postgres://127.0.0.1:${port}/cozy` })).toContain('DATABASE_URL');
    } finally {
      other.close();
    }
  });

  describe.skipIf(!onServices)('(on the services lane, as it takes a real server)', () => {
    const changed = (change: (url: URL) => void) => {
      const url = new URL(stores.database?.url ?? '');
      change(url);
      return url.toString();
    };

    it('because there is none of that name', async () => {
      const text = await refusal({ DATABASE_URL: changed((url) => (url.pathname = '/no_such_database')) });
      expect(text).toMatch(/no_such_database.*there is no such database; create it/);
    });

    it('because the user may not connect', async () => {
      const text = await refusal({ DATABASE_URL: changed((url) => (url.username = 'no_such_user')) });
      expect(text).toMatch(/this user may not connect|the password is wrong/);
    });

    // Bug: an error without a code is not foreseen, and comes with its stack.
    it('because it speaks no TLS', async () => {
      const text = await refusal({ DATABASE_URL: changed((url) => url.searchParams.set('sslmode', 'verify-full')) });
      expect(text).toMatch(/DATABASE_URL: .*(SSL|TLS)/);
    });
  });
});

describe('a Redis that cannot be used', () => {
  it('because nothing listens there', async () => {
    const port = await freePort();
    const text = await refusal({ REDIS_URL: `redis://:marked-password@127.0.0.1:${port}` });
    expect(text).toContain('REDIS_URL: cannot use Redis (ECONNREFUSED); start it, correct REDIS_URL, or unset it');
    expect(text).not.toContain('marked-password');
  });

  // Bug: ioredis only warns of it, and everything goes to database 0: two instances meant to be apart meet there.
  it.skipIf(!onServices)('because it has no database of that number (services lane: takes a real Redis)', async () => {
    const url = new URL(stores.redisUrl ?? '');
    url.pathname = '/4711';
    expect(await refusal({ REDIS_URL: url.toString() })).toContain('REDIS_URL');
  });
});

describe.skipIf(onServices)('the embedded database', () => {
  it('takes one process at a time: the second one is told who has it, and the first one goes on', async () => {
    const first = await startTestServer({ from: stores });
    const text = await refusal();
    expect(text).toMatch(new RegExp(`is in use by process ${first.process.pid} on host .*: stop that first`));
    const { token } = await newAccount(first.url);
    expect((await call(first.url, 'GET', '/v1/users/me', { token })).status).toBe(200);
    await first.stop();
  });

  it('starts again after kill -9, with everything that was answered', async () => {
    const first = await startTestServer({ from: stores });
    const account = await newAccount(first.url);
    await killed(first.process);
    const second = await startTestServer({ from: stores });
    const { username, password } = account;
    expect((await call(second.url, 'POST', '/v1/users/login', { body: { username, password } })).status).toBe(200);
    await second.stop();
  });
});
