import { afterEach, describe, expect, it } from 'vitest';
import { WebServers } from '../../test/fakes/web-server.js';
import { describeError } from '../core/logging/redact.js';
import { JsonHttp, type JsonHttpOptions } from './http-json.js';

const web = new WebServers();
const made: JsonHttp[] = [];
const signalOf = () => new AbortController().signal;

function httpOf(baseUrl: string, more: Partial<JsonHttpOptions> = {}): JsonHttp {
  const http = new JsonHttp({
    service: 'test service',
    baseUrl,
    timeoutMs: 20_000,
    headers: { 'x-api-key': 'k' },
    ...more,
  });
  made.push(http);
  return http;
}

afterEach(async () => {
  await Promise.all(made.splice(0).map((http) => http.close()));
  web.closeAll();
});

interface Seen {
  url: string | undefined;
  method: string | undefined;
  key: unknown;
  body: string;
}

/** A server that redirects `/from` to `to`, and tells what it has seen elsewhere. */
async function redirecting(to: string, status: number): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const origin = await web.serve((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      if (request.url?.startsWith('/from') === true) {
        response.writeHead(status, { location: to }).end('moved');
        return;
      }
      seen.push({ url: request.url, method: request.method, key: request.headers['x-api-key'], body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    });
  });
  return { origin, seen };
}

describe('JsonHttp', () => {
  it('follows a redirect of the service itself, with key and body', async () => {
    const { origin, seen } = await redirecting('/to/', 307);
    const { body } = await httpOf(origin).send({ method: 'POST', path: '/from', json: { a: 1 } }, signalOf());
    expect(body).toEqual({ ok: true });
    expect(seen).toEqual([{ url: '/to/', method: 'POST', key: 'k', body: '{"a":1}' }]);
  });

  it('does not follow one to another origin: neither the key nor the words leave', async () => {
    const stranger = await redirecting('/', 302);
    const { origin } = await redirecting(`${stranger.origin}/to`, 307);
    const sending = httpOf(origin).send({ method: 'POST', path: '/from', json: { a: 1 } }, signalOf());
    await expect(sending).rejects.toMatchObject({ code: 'ENGINE_BAD_RESPONSE' });
    expect(stranger.seen).toEqual([]);
  });

  it('does not go round for ever', async () => {
    const { origin } = await redirecting('/from/again', 307);
    const sending = httpOf(origin).send({ method: 'GET', path: '/from' }, signalOf());
    await expect(sending).rejects.toMatchObject({ code: 'ENGINE_BAD_RESPONSE' });
  });

  it('puts paths behind the base’s own, and a user name of the address into a header', async () => {
    const { origin, asked } = await web.serveJson(() => ({}));
    const base = `${origin.replace('//', '//ana:p%40ss@')}/proxy/?x=1#y`;
    await httpOf(base).send({ method: 'GET', path: '/search', query: { q: 'a&b', n: 2 } }, signalOf());
    expect(asked).toMatchObject([{ path: '/proxy/search', query: { q: 'a&b', n: '2' } }]);
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ana:p@ss').toString('base64')}`);
  });

  it('reads no more than its limit', async () => {
    const { origin } = await web.serveJson(() => 'x'.repeat(2000));
    const within = httpOf(origin, { maxBytes: 2002 }).send({ method: 'GET', path: '/' }, signalOf());
    await expect(within).resolves.toMatchObject({ status: 200 });
    const beyond = httpOf(origin, { maxBytes: 2001 }).send({ method: 'GET', path: '/' }, signalOf());
    await expect(beyond).rejects.toMatchObject({ code: 'ENGINE_BAD_RESPONSE' });
  });

  it('tells neither keys nor words in its errors, to the log neither', async () => {
    const { origin } = await web.serveJson(() => ({ detail: 'secret words' }), 500);
    const base = origin.replace('//', '//ana:secret-word@');
    const sending = httpOf(base, { headers: { 'x-api-key': 'secret-key' } }).send(
      { method: 'POST', path: '/search', query: { q: 'secret-query' }, json: { query: 'secret-text' } },
      signalOf(),
    );
    const error: unknown = await sending.catch((thrown: unknown) => thrown);
    expect(JSON.stringify(describeError(error))).not.toContain('secret');
    expect(JSON.stringify(describeError(error))).toContain('POST /search failed');
  });

  it('says where nobody listens', async () => {
    const origin = await web.serve(() => undefined);
    web.closeAll();
    for (const base of [origin, 'http://no-such-host.invalid']) {
      const sending = httpOf(base).send({ method: 'GET', path: '/' }, signalOf());
      await expect(sending).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    }
  });
});
