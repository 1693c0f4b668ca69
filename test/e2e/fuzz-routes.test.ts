import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { ADMIN_ENV, firstAdmin } from '../setup/admin.js';
import { type Operation, operationsOf, type Probe, probesOf } from '../setup/route-fuzz.js';
import { ownServer } from '../setup/test-server.js';

const server = ownServer(() => ({ env: { ...ADMIN_ENV, LOG_LEVEL: 'info' } }));
const SEED = 20_261_125;
/** What would end the caller, or the story of all others. */
const LEFT_OUT = new Set(['delete /v1/users/me', 'post /v1/auth/logout']);
const AT_ONCE = 4;
const PATIENCE_MS = 25_000;

let url: string;
let operations: Operation[];
let user: Account;
let admin: Account;
/** Ids of what the user has, and of what there is for all. */
let known: string[];

beforeAll(async () => {
  ({ url } = await server());
  const response = await fetch(`${url}/openapi.json`);
  operations = operationsOf((await response.json()) as object).filter(({ name }) => !LEFT_OUT.has(name));
  [user, admin] = await Promise.all([newAccount(url), firstAdmin(url)]);
  const { body: session } = await user.call('POST', '/v1/sessions', { title: 'Of ours' });
  const { body: memory } = await user.call('POST', '/v1/memories', { text: 'The user likes tea.' });
  const { body: models } = await user.call('GET', '/v1/models');
  const { body: personalities } = await user.call('GET', '/v1/personalities');
  known = [
    session.session_id,
    memory.id,
    'documents',
    'calculator',
    'default',
    ...models.data.map(({ id }: { id: string }) => id),
    ...(personalities.data ?? personalities).map(({ id }: { id: string }) => id),
  ];
});

/** What is wrong with the answer to a probe; undefined where it is one of those that are promised. */
async function flawOf({ method, path, body, contentType }: Probe, token: string | undefined) {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(contentType && { 'Content-Type': contentType }),
      ...(token && { Authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  if (!response.headers.get('x-request-id')) return 'no X-Request-Id';
  return response.status < 400 ? undefined : errorFlaw(response.status, text);
}

/** A part that is not configured may say so; nothing may fail inside. */
function errorFlaw(status: number, text: string): string | undefined {
  const { error, message, detail } = JSON.parse(text) as Record<string, Record<string, unknown>>;
  const code = String(error?.['code']);
  if (status >= 500 && !code.startsWith('ENGINE_')) return `${status} ${code}`;
  if (!/^(AUTH|VALIDATION|RESOURCE|ENGINE|TOOL|RATE_LIMIT)_[A-Z_]+$/.test(code)) return `the code ${code}`;
  const whole = ['message', 'type', 'param', 'code', 'request_id'].every((key) => error && key in error);
  if (!whole || message !== error?.['message'] || typeof detail !== 'string') return `the shape ${text.slice(0, 300)}`;
  return /\bat .+\.[jt]s:\d+|node_modules|SELECT |INSERT |syntax error/.test(text)
    ? `told too much: ${text}`
    : undefined;
}

/** All flaws of all probes of one caller, each with what brought it about. */
async function flaws(tokenOf: () => string | undefined, seed: number): Promise<string[]> {
  const waiting = operations.flatMap((operation, at) => probesOf(operation, known, seed + at));
  const found: string[] = [];
  const work = async () => {
    for (let probe = waiting.pop(); probe; probe = waiting.pop()) {
      const flaw = await flawOf(probe, tokenOf()).catch((error: unknown) => String(error));
      if (flaw) found.push(`${probe.method} ${probe.path.slice(0, 200)} ${probe.body?.slice(0, 200) ?? ''}: ${flaw}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

describe('every route of /openapi.json, asked nonsense', { timeout: 180_000 }, () => {
  it('is many', () => {
    expect(operations.length).toBeGreaterThan(60);
  });

  it('answers strangers with one error shape, and never fails inside', async () => {
    expect(await flaws(() => undefined, SEED)).toEqual([]);
  });

  it('answers users with one error shape, and never fails inside', async () => {
    expect(await flaws(() => user.token, SEED + 1000)).toEqual([]);
  });

  it('answers admins with one error shape, and never fails inside', async () => {
    expect(await flaws(() => admin.token, SEED + 2000)).toEqual([]);
  });

  it('leaves a server that works, and a log without failures', async () => {
    const me = await user.call('GET', '/v1/users/me');
    expect([me.status, me.body.username]).toEqual([200, user.username]);
    const { output } = await server();
    expect(output.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  });
});
