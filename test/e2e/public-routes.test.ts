import { beforeAll, describe, expect, it } from 'vitest';
import { call } from '../setup/account.js';
import { operationsOf, split } from '../setup/operations.js';
import { expectRefusal } from '../setup/refusal.js';
import { testServer } from '../setup/test-server.js';

/** No credentials are asked for. */
const PUBLIC = [
  'GET /health/live',
  'GET /health/ready',
  'GET /health',
  'GET /health/engines',
  'POST /v1/users/register',
  'POST /v1/auth/register',
  'POST /v1/users/login',
  'POST /v1/auth/login',
  'POST /v1/auth/refresh',
];

const UNKNOWN = '018f0000-0000-7000-8000-000000000000';

let url: string;
let operations: string[];

beforeAll(async () => {
  ({ url } = await testServer());
  operations = await operationsOf(url);
});

describe('without credentials', () => {
  it('every route but the public ones answers 401', async () => {
    const open: string[] = [];
    for (const operation of operations) {
      const [method, path] = split(operation);
      const route = path.replaceAll(/\{[^}]+\}/g, UNKNOWN);
      const answer = await call(url, method, route, method === 'GET' ? {} : { body: {} });
      const closed = answer.body.error?.code === 'AUTH_REQUIRED' && answer.headers.get('www-authenticate') === 'Bearer';
      if (answer.status !== 401 || !closed) open.push(operation);
    }
    expect(open.toSorted()).toEqual(PUBLIC.toSorted());
  });

  it('the alias /api/v1 is closed as well', async () => {
    for (const route of ['/api/v1/users/me', '/api/v1/sessions', '/api/v1/admin/config']) {
      expectRefusal(await call(url, 'GET', route), 401, 'AUTH_REQUIRED');
    }
  });
});

describe('/openapi.json', () => {
  interface Operation {
    security?: unknown[];
  }

  // Bug: only routes with @Scopes or @AdminOnly say so, so that /docs sends no token to the others.
  it('says of every route whether it asks for credentials', async () => {
    const { paths } = (await call(url, 'GET', '/openapi.json')).body as {
      paths: Record<string, Record<string, Operation>>;
    };
    const unmarked = operations.filter((operation) => {
      const [method, path] = split(operation);
      return (paths[path]?.[method.toLowerCase()]?.security ?? []).length === 0;
    });
    expect(unmarked.toSorted()).toEqual(PUBLIC.toSorted());
  });
});
