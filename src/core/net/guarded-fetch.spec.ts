import net from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type WebHandler, WebServers } from '../../../test/fakes/web-server.js';
import { guardedFetch, type GuardedFetchOptions } from './guarded-fetch.js';
import type { Resolve } from './guarded-lookup.js';

const servers = new WebServers();
const serve = (handler: WebHandler) => servers.serve(handler);

afterEach(() => {
  vi.restoreAllMocks();
  servers.closeAll();
});

const redirectTo =
  (location: string, status = 302): WebHandler =>
  (_, response) =>
    void response.writeHead(status, { location }).end();
const json: WebHandler = (request, response) => {
  response
    .setHeader('content-type', 'application/json; charset=utf-8')
    .end(JSON.stringify({ path: request.url, ...request.headers }));
};
const trusting = (origin: string, options: GuardedFetchOptions = {}) => ({ allowHosts: [origin], ...options });

describe('guardedFetch', () => {
  it('answers with status, type, text and the last address', async () => {
    const origin = await serve(json);
    const answer = await guardedFetch(`${origin}/a?b=1`, trusting(origin, { headers: { 'X-Key': 'k' } }));
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json', url: `${origin}/a?b=1` });
    expect(JSON.parse(answer.text())).toMatchObject({ path: '/a?b=1', 'x-key': 'k', 'user-agent': 'CozyEngine' });
  });

  it.each([404, 500, 204])('gives status %i back as an answer', async (status) => {
    const origin = await serve((_, response) => void response.writeHead(status).end());
    expect(await guardedFetch(origin, trusting(origin))).toMatchObject({
      status,
      contentType: '',
      bytes: Buffer.alloc(0),
    });
  });

  it.each([
    ['text/plain; charset=iso-8859-1', Buffer.from([0xe9]), 'é'],
    ['text/plain; charset="UTF-8"', Buffer.from('é'), 'é'],
    ['text/plain; charset=klingon', Buffer.from('é'), 'é'],
  ])('reads %s', async (type, bytes, text) => {
    const origin = await serve((_, response) => void response.setHeader('content-type', type).end(bytes));
    expect((await guardedFetch(origin, trusting(origin))).text()).toBe(text);
  });

  it("leaves the caller's own name for itself alone", async () => {
    const origin = await serve(json);
    const answer = await guardedFetch(origin, trusting(origin, { headers: { 'User-Agent': 'other' } }));
    expect(JSON.parse(answer.text())).toMatchObject({ 'user-agent': 'other' });
  });

  it('sends a body', async () => {
    const origin = await serve((request, response) => void request.pipe(response));
    const answer = await guardedFetch(origin, trusting(origin, { method: 'post', body: 'words' }));
    expect(answer.text()).toBe('words');
  });
});

describe('what guardedFetch refuses', () => {
  it.each([
    'http://127.0.0.1:9999/',
    'http://2130706433/',
    'http://[::ffff:127.0.0.1]/',
    'http://localhost./',
    'http://user:word@example.com/',
    'ftp://example.com/',
    'no address',
  ])('%s, before anything is sent', async (url) => {
    const connect = vi.spyOn(net, 'connect');
    const resolve = vi.fn<Resolve>();
    await expect(guardedFetch(url, { resolve })).rejects.toMatchObject({ problem: 'refused' });
    expect(connect).not.toHaveBeenCalled();
    expect(resolve).not.toHaveBeenCalled();
  });

  it('a name that resolves to a private address, without saying which', async () => {
    const handler = vi.fn<WebHandler>(json);
    const port = new URL(await serve(handler)).port;
    const resolve = vi.fn<Resolve>().mockResolvedValue([{ address: '127.0.0.1', family: 4 }]);
    const error: unknown = await guardedFetch(`http://inside.example:${port}/`, { resolve }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ problem: 'refused' });
    expect(String(error)).not.toMatch('127.0');
    expect(handler).not.toHaveBeenCalled();
  });

  it('to connect to anything but the address that was checked', async () => {
    const origin = await serve(json);
    const seen: unknown[] = [];
    const realConnect = net.connect;
    // The only test double of the network: it notes where undici would connect, and connects to the server here.
    vi.spyOn(net, 'connect').mockImplementation(((options: net.TcpNetConnectOpts) => {
      options.lookup?.(options.host ?? '', { all: true }, (error, addresses) => seen.push(error ?? addresses));
      return realConnect({ host: '127.0.0.1', port: Number(new URL(origin).port) });
    }) as typeof net.connect);
    const addresses = [{ address: '93.184.216.34', family: 4 }];
    const answer = await guardedFetch('http://name.example/', { resolve: () => Promise.resolve(addresses) });
    expect(answer.status).toBe(200);
    expect(seen).toEqual([addresses]);
  });

  it('an origin beside the allowed one', async () => {
    const origin = await serve(json);
    const other = await serve(json);
    await expect(guardedFetch(other, trusting(origin))).rejects.toMatchObject({ problem: 'refused' });
    await expect(guardedFetch(origin, trusting(`${origin}/path`))).rejects.toMatchObject({ problem: 'refused' });
  });

  it.each([
    'http://127.0.0.1:1/',
    'http://169.254.169.254/latest',
    '//localhost/a',
    'file:///etc/passwd',
    'http://a:b@example.com/',
  ])('a redirect to %s', async (location) => {
    const origin = await serve(redirectTo(location));
    await expect(guardedFetch(origin, trusting(origin))).rejects.toMatchObject({ problem: 'refused' });
  });

  it('a redirect to a name with a private address', async () => {
    const inside = vi.fn<WebHandler>(json);
    const port = new URL(await serve(inside)).port;
    const origin = await serve(redirectTo(`http://inside.example:${port}/`));
    const resolve = vi.fn<Resolve>().mockResolvedValue([{ address: '127.0.0.1', family: 4 }]);
    await expect(guardedFetch(origin, trusting(origin, { resolve }))).rejects.toMatchObject({ problem: 'refused' });
    expect(inside).not.toHaveBeenCalled();
  });

  it('a stranger that redirects to an allowed origin', async () => {
    const origin = await serve(json);
    const stranger = await serve(redirectTo(origin));
    await expect(guardedFetch(stranger, trusting(origin))).rejects.toMatchObject({ problem: 'refused' });
  });
});

describe('redirects of guardedFetch', () => {
  it('are followed five times', async () => {
    const origin = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end('here');
    });
    const answer = await guardedFetch(`${origin}/5`, trusting(origin));
    expect([answer.text(), answer.url]).toEqual(['there', `${origin}/0`]);
    await expect(guardedFetch(`${origin}/6`, trusting(origin))).rejects.toMatchObject({ problem: 'redirects' });
  });

  it('end where an address is not valid, and are answers without one', async () => {
    const origin = await serve(redirectTo('http://[broken'));
    await expect(guardedFetch(origin, trusting(origin))).rejects.toMatchObject({ problem: 'redirects' });
    const bare = await serve((_, response) => void response.writeHead(304).end());
    expect(await guardedFetch(bare, trusting(bare))).toMatchObject({ status: 304 });
  });

  it('leave keys behind at another origin', async () => {
    const other = await serve(json);
    const origin = await serve(redirectTo(`${other}/b`));
    const headers = { Authorization: 'Bearer s', 'X-Subscription-Token': 's', Cookie: 's', Accept: 'a/b' };
    const answer = await guardedFetch(origin, { allowHosts: [origin, other], headers });
    const seen = JSON.parse(answer.text()) as Record<string, string>;
    expect(seen).toMatchObject({ path: '/b', accept: 'a/b' });
    expect(seen).not.toHaveProperty('authorization');
    expect(seen).not.toHaveProperty('x-subscription-token');
    expect(seen).not.toHaveProperty('cookie');
  });
});

describe('limits of guardedFetch', () => {
  it.each([
    ['a body', undefined, Buffer.alloc(200_000)],
    ['a gzip bomb', 'gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['a gzip bomb in a gzip bomb', 'gzip, gzip', gzipSync(gzipSync(Buffer.alloc(50_000_000)))],
    ['a deflated bomb', 'br', brotliCompressSync(Buffer.alloc(50_000_000))],
  ])('stop %s over maxBytes', async (_, encoding, body) => {
    const origin = await serve((__, response) => {
      if (encoding !== undefined) response.setHeader('content-encoding', encoding);
      response.end(body);
    });
    const call = guardedFetch(origin, trusting(origin, { maxBytes: 100_000 }));
    await expect(call).rejects.toMatchObject({ problem: 'too_large' });
  });

  it('let a body of just maxBytes through, decompressed', async () => {
    const origin = await serve(
      (_, response) => void response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(1000))),
    );
    expect((await guardedFetch(origin, trusting(origin, { maxBytes: 1000 }))).bytes).toHaveLength(1000);
  });

  it.each<[string, WebHandler]>([
    ['never answers', () => undefined],
    ['never ends its body', (_, response) => void response.write('a')],
    ['trickles', (_, response) => void setInterval(() => response.write('a'), 5).unref()],
  ])('end a server that %s', async (_, handler) => {
    const origin = await serve(handler);
    await expect(guardedFetch(origin, trusting(origin, { timeoutMs: 80 }))).rejects.toMatchObject({
      problem: 'timeout',
    });
    const signal = AbortSignal.timeout(40);
    await expect(guardedFetch(origin, trusting(origin, { signal }))).rejects.toMatchObject({ problem: 'timeout' });
  });

  it('end a name server that never answers', async () => {
    const resolve = () => new Promise<never>(() => undefined);
    await expect(guardedFetch('http://slow.example/', { resolve, timeoutMs: 50 })).rejects.toMatchObject({
      problem: 'timeout',
    });
  });

  it('send nothing for a signal that has aborted', async () => {
    const handler = vi.fn<WebHandler>(json);
    const origin = await serve(handler);
    await expect(guardedFetch(origin, trusting(origin, { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      problem: 'aborted',
    });
    expect(handler).not.toHaveBeenCalled();
  });

  it.each<[string, WebHandler]>([
    ['hangs up', (request) => request.socket.destroy()],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '10' }).write('a');
        setTimeout(() => response.destroy(), 10);
      },
    ],
    ['sends broken gzip', (_, response) => void response.setHeader('content-encoding', 'gzip').end('no gzip')],
  ])('call a server that %s failed', async (_, handler) => {
    const origin = await serve(handler);
    await expect(guardedFetch(origin, trusting(origin))).rejects.toMatchObject({ problem: 'failed' });
  });

  it('call a closed port and an unknown name failed', async () => {
    const origin = 'http://127.0.0.1:2';
    await expect(guardedFetch(origin, trusting(origin))).rejects.toMatchObject({ problem: 'failed' });
    const resolve = () => Promise.reject(new Error('ENOTFOUND 10.0.0.1'));
    const error: unknown = await guardedFetch('http://none.example/', { resolve }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ problem: 'failed', message: 'The web address could not be reached.' });
  });
});
