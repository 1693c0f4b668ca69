import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, type Answer, call, newAccount } from '../setup/account.js';
import { expectErrorShape, expectRefusal } from '../setup/refusal.js';
import { testServer } from '../setup/test-server.js';

let url: string;
let account: Account;
beforeAll(async () => {
  ({ url } = await testServer());
  account = await newAccount(url);
});

/** A request with a body of its own making. */
async function raw(
  method: string,
  route: string,
  headers: Record<string, string>,
  body?: string | Buffer,
): Promise<Answer> {
  const response = await fetch(url + route, {
    method,
    headers: { Authorization: `Bearer ${account.token}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('the one shape of every error', () => {
  it.each([
    ['GET', '/nowhere'],
    ['GET', '/v1/nowhere'],
    ['GET', '/v1'],
    ['POST', '/v1/nowhere'],
    ['GET', '/docs/nowhere.js'],
    ['GET', '/console/nowhere.js'],
    ['GET', '/docs/..%2f..%2fpackage.json'],
    ['GET', '/console/..%2f..%2fmain.js'],
    ['PATCH', '/v1/sessions'],
    ['POST', '/v1/users/me'],
    ['DELETE', '/'],
    ['PROPFIND', '/v1/sessions'],
  ])('unknown route or method: %s %s', async (method, route) => {
    expectRefusal(await raw(method, route, {}), 404, 'RESOURCE_ROUTE_NOT_FOUND');
  });

  it.each([
    ['/v1/files', { 'Content-Type': 'multipart/form-data; boundary=x' }, '--x--\r\n'],
    ['/v1/nowhere', { 'Content-Type': 'text/plain' }, 'text'],
    ['/v1/nowhere', {}, Buffer.from('bytes')],
  ])('unknown route with a body of another kind: %s', async (route, headers, body) => {
    expectRefusal(await raw('POST', route, headers, body), 404, 'RESOURCE_ROUTE_NOT_FOUND');
  });

  it.each(['{', '{"a":}', 'text', '"a string"', '5', 'null', '{"a":1}}', '\u0000'])(
    'malformed JSON: %j',
    async (body) => {
      expectRefusal(await raw('POST', '/v1/sessions', JSON_TYPE, body), 400, 'VALIDATION_MALFORMED_JSON');
    },
  );

  it('a body over 1 MB, known by its length or only on the way, packed or not', async () => {
    const body = JSON.stringify({ title: 'x'.repeat(1_048_576) });
    expectRefusal(await raw('POST', '/v1/sessions', JSON_TYPE, body), 413, 'VALIDATION_BODY_TOO_LARGE');
    const packed = gzipSync(body);
    const answer = await raw('POST', '/v1/sessions', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, packed);
    expectRefusal(answer, 413, 'VALIDATION_BODY_TOO_LARGE');
  });

  it.each([
    ['text/plain', 'hello'],
    ['application/x-www-form-urlencoded', 'title=x'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/octet-stream', '{}'],
    ['nonsense', '{}'],
  ])('a content type that is not JSON: %s', async (type, body) => {
    const answer = await raw('POST', '/v1/sessions', { 'Content-Type': type }, body);
    expectRefusal(answer, 415, 'VALIDATION_MEDIA_TYPE');
  });

  it('a content encoding or character set that is not known', async () => {
    for (const headers of [
      { ...JSON_TYPE, 'Content-Encoding': 'compress' },
      { 'Content-Type': 'application/json; charset=klingon' },
    ]) {
      expectRefusal(await raw('POST', '/v1/sessions', headers, '{}'), 415, 'VALIDATION_MEDIA_TYPE');
    }
  });

  it('a body that is not what its content encoding says', async () => {
    const answer = await raw('POST', '/v1/sessions', { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, 'not packed');
    expectRefusal(answer, 400, 'VALIDATION_FAILED');
  });

  it('a path that is no percent-encoding', async () => {
    for (const route of ['/v1/sessions/%', '/v1/sessions/%E0%A4%A', '/v1/personalities/%zz', '/v1/models/a/%C0']) {
      expectRefusal(await account.call('GET', route), 400, 'VALIDATION_FAILED');
    }
  });

  it('a field at fault: its path in the message and the param, all flaws in the details', async () => {
    const messages = [{ role: 'user', content: 'Hello' }, { role: 'nobody' }];
    const nested = await account.call('POST', '/v1/chat/completions', { messages });
    expectRefusal(nested, 400, 'VALIDATION_FAILED', 'messages[1].role');
    expect(nested.body.message).toMatch(/^messages\[1\]\.role must be one of /);

    const spoken = {
      session_id: 'x',
      messages: [
        { role: 'user', content: 'a' },
        { role: 'tool', content: 5 },
      ],
    };
    const answer = await account.call('POST', '/v1/chat/voice-call-messages', spoken);
    expectRefusal(answer, 400, 'VALIDATION_FAILED', 'messages[1].role');
    const paths = answer.body.error.details.errors.map(({ path }: { path: string }) => path);
    expect([...new Set(paths)]).toEqual(['messages[1].role', 'messages[1].content']);

    const query = await account.call('GET', '/v1/sessions?page=0&sort=color');
    expectRefusal(query, 400, 'VALIDATION_FAILED');
    expect(query.body.error.details.errors).toHaveLength(2);
  });

  it('a query given twice where one value is wanted', async () => {
    for (const [route, param] of [
      ['/v1/sessions?page=1&page=2', 'page'],
      ['/v1/messages/search?q=a&q=b', 'q'],
    ] as const) {
      expectRefusal(await account.call('GET', route), 400, 'VALIDATION_FAILED', param);
    }
  });

  it.each([
    ['personality', 'GET', '/v1/personalities/nobody', 'RESOURCE_PERSONALITY_NOT_FOUND'],
    ['personality', 'GET', '/v1/personalities/__proto__', 'RESOURCE_PERSONALITY_NOT_FOUND'],
    ['model', 'GET', '/v1/models/nothing', 'RESOURCE_MODEL_NOT_FOUND'],
    ['model', 'GET', '/v1/models/cozy/nobody', 'RESOURCE_MODEL_NOT_FOUND'],
    ['session', 'GET', '/v1/sessions/nothing', 'RESOURCE_SESSION_NOT_FOUND'],
  ])('a %s that does not exist: %s %s', async (_, method, route, code) => {
    expectRefusal(await account.call(method, route), 404, code);
  });

  // Bug: class-transformer recurses over every nested value, so that a megabyte of brackets overflows the stack.
  it.each([
    ['/v1/chat/completions', 'metadata', { messages: [{ role: 'user', content: 'x' }] }],
    ['/v1/sessions', 'title', {}],
  ])('a body of %s nested without end', async (route, key, rest) => {
    const depth = 50_000;
    const body = JSON.stringify({ ...rest, [key]: 0 }).replace(
      `"${key}":0`,
      `"${key}":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
    );
    const answer = await raw('POST', route, JSON_TYPE, body);
    expectErrorShape(answer);
    expect(answer.status).toBe(400);
  });

  it('an answer that is an error is never kept by caches', async () => {
    const { headers } = await call(url, 'GET', '/v1/users/me');
    expect(headers.get('etag')).toBeNull();
    expect(headers.get('cache-control') ?? '').not.toMatch(/public|max-age=[1-9]/);
  });

  it('a request that goes on after a refused one is answered as if nothing had been', async () => {
    await raw('POST', '/v1/sessions', JSON_TYPE, '{');
    expect((await account.call('POST', '/v1/sessions', {})).status).toBe(201);
  });
});

/** What the server sends back to bytes that no HTTP client would send. */
function bytes(text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk) => (answer += String(chunk)));
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });
}

describe('what is hardly HTTP', () => {
  it.each([
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['no host', 'GET /health/live HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', 400],
  ])('is refused in the one shape and the connection closed: %s', async (_, text, status) => {
    const shape = `^HTTP/1.1 ${status} [^]*X-Request-Id: [^]*"code":"VALIDATION_MALFORMED_HTTP"`;
    expect(await bytes(text)).toMatch(new RegExp(shape));
    expect((await call(url, 'GET', '/health/live')).status).toBe(200);
  });

  it('names no host before HTTP/1.1, as it need not', async () => {
    expect(await bytes('GET /health/live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('a body shorter than its length leaves nothing behind', async () => {
    const { hostname, port } = new URL(url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write('POST /v1/users/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n');
        socket.write('Content-Length: 100\r\n\r\n{"username":', () => socket.destroy());
      });
      socket.once('close', () => resolve());
    });
    expect((await call(url, 'GET', '/health/live')).status).toBe(200);
  });
});
