import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { McpServerSection } from '../../src/core/config/sections/tools.section.js';
import type { McpToolEngine } from '../../src/engines/tools/mcp/mcp-tool.engine.js';
import { CALLER, newSignal } from '../contract/tool.contract.js';
import { McpHttpServer, type SeenRequest } from '../fakes/mcp-http-server.js';
import {
  connectedEngine,
  eventually,
  keptLog,
  mcpEngine,
  mcpSection,
  startEverythingHttp,
  toolNamesOf,
} from '../setup/mcp.js';

let server: McpHttpServer;
let engine: McpToolEngine | undefined;
beforeEach(async () => void (server = await McpHttpServer.start()));
afterEach(async () => {
  await engine?.close();
  engine = undefined;
  await server.close();
});

const section = (fields: Partial<McpServerSection> = {}) =>
  mcpSection({ transport: 'http', url: server.url, ...fields });
const start = async (fields: Partial<McpServerSection> = {}, options = {}): Promise<McpToolEngine> =>
  (engine = await connectedEngine([section(fields)], options));
const echo = async (on: McpToolEngine, message: string): Promise<string> =>
  (await on.invoke('mcp__test__echo', { message }, CALLER, newSignal())).text;
const statusOf = async (on: McpToolEngine) => (await on.health(newSignal()))['test'];
const isCall = ({ message }: SeenRequest): boolean => message?.method === 'tools/call';

/** Lets the answer to each call be something else. */
const onCall = (answer: (response: ServerResponse, request: SeenRequest) => unknown): void => {
  server.answer = (request, response) => {
    if (!isCall(request)) return false;
    answer(response, request);
    return true;
  };
};

describe('An MCP server over HTTP', () => {
  it('sees the configured headers with every request, and its session', async () => {
    await echo(await start({ headers: { authorization: 'Bearer for-it', 'x-team': 'cozy' } }), 'hi');
    await engine?.close();
    for (const { headers } of server.seen)
      expect(headers).toMatchObject({ authorization: 'Bearer for-it', 'x-team': 'cozy' });
    const [, ...later] = server.seen;
    expect(new Set(later.map(({ headers }) => headers['mcp-session-id'])).size).toBe(1);
    expect(new Set(later.map(({ headers }) => headers['mcp-protocol-version']))).toEqual(new Set(['2025-11-25']));
  });

  it('is told when its session ends', async () => {
    await start();
    await engine?.close();
    expect(server.seen.at(-1)).toMatchObject({ method: 'DELETE' });
    expect(server.seen.at(-1)?.headers['mcp-session-id']).toBeDefined();
  });

  it.each(['http://127.0.0.1:6667/mcp', 'http://somebody:password@127.0.0.1/mcp'])(
    'at an address that no client takes is not said to break the protocol: %s',
    async (url) => {
      const on = (engine = mcpEngine([section({ url })]));
      on.start();
      const reason = 'Its address cannot be used: its port is blocked, or it holds a password. Check "url".';
      await eventually(async () => expect(await statusOf(on)).toEqual({ status: 'down', reason }));
    },
  );

  it('that does not take note of the end holds up nobody', async () => {
    await start();
    server.answer = ({ method }) => method === 'DELETE';
    const begun = Date.now();
    await engine?.close();
    expect(Date.now() - begun).toBeLessThan(3000);
  });

  it('that has forgotten the session gets a new one, and the call once', async () => {
    const on = await start();
    server.forgetSessions();
    expect(await echo(on, 'again')).toBe('again');
    expect(server.seen.filter(({ message }) => message?.method === 'initialize')).toHaveLength(2);
  });

  it('that is gone makes its tools unavailable, and is found again when it is back', async () => {
    const on = await start();
    const { port } = server;
    await server.close();
    await expect(echo(on, 'gone')).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
    const down = { status: 'down', reason: 'Nothing listens at its address.' };
    await eventually(async () => expect(await statusOf(on)).toEqual(down));
    expect(toolNamesOf(on)).toEqual(['mcp__test__echo']);
    server = await McpHttpServer.start(port);
    await eventually(async () => expect(await statusOf(on)).toEqual({ status: 'up' }));
    expect(await echo(on, 'back')).toBe('back');
  });

  it('that breaks off in the middle of a call is not asked to run it again', async () => {
    const on = await start();
    onCall((response) => response.destroy());
    await expect(echo(on, 'once')).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
    expect(server.seen.filter(isCall)).toHaveLength(1);
  });

  it('that redirects elsewhere is not followed, and its key stays here', async () => {
    const elsewhere = await McpHttpServer.start();
    server.answer = (_, response) => Boolean(response.writeHead(307, { location: elsewhere.url }).end());
    const on = await start({ headers: { authorization: 'Bearer for-it' } });
    expect(await statusOf(on)).toMatchObject({
      status: 'down',
      reason: expect.stringContaining('redirects') as string,
    });
    expect(elsewhere.seen).toEqual([]);
    await elsewhere.close();
  });

  it.each([
    [401, 'It refused the credentials (HTTP 401). Check "headers".'],
    [503, 'It answered with HTTP 503.'],
  ])('that answers %i says so to the operator, without its words', async (status, reason) => {
    const { logger, lines } = keptLog();
    server.answer = (_, response) => Boolean(response.writeHead(status).end('secret words'));
    expect(await statusOf(await start({}, { logger }))).toEqual({ status: 'down', reason });
    expect(JSON.stringify(lines)).not.toContain('secret words');
  });

  it('that answers something else than the protocol fails that call alone', async () => {
    const on = await start();
    onCall((response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'));
    await expect(echo(on, 'html')).rejects.toMatchObject({ name: 'CozyError', code: 'TOOL_FAILED' });
    onCall((response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":'));
    await expect(echo(on, 'cut')).rejects.toMatchObject({ name: 'CozyError' });
    server.answer = () => false;
    expect(await echo(on, 'still here')).toBe('still here');
  });

  it.each(['application/json', 'text/event-stream'])('that never stops talking is cut off (%s)', async (type) => {
    const on = await start({ call_timeout_ms: 60_000 });
    let sent = 0;
    onCall((response) => {
      response.writeHead(200, { 'content-type': type });
      const talk = (): void => {
        while (!response.destroyed && response.write('x'.repeat(100_000))) sent += 100_000;
        response.once('drain', talk);
      };
      talk();
    });
    await expect(echo(on, 'x')).rejects.toMatchObject({ name: 'CozyError' });
    expect(sent).toBeLessThan(30_000_000);
  });

  it('that is slow is told that nobody waits any more', async () => {
    const on = await start({ call_timeout_ms: 200 });
    onCall(() => undefined);
    await expect(echo(on, 'x')).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
    await eventually(() =>
      expect(server.seen.map(({ message }) => message?.method)).toContain('notifications/cancelled'),
    );
  });
});

describe('The reference server over HTTP', () => {
  it('that is restarted is found again', { timeout: 20_000 }, async () => {
    const child = await startEverythingHttp();
    const on = await start({ url: child.url });
    expect(await echo(on, 'before')).toContain('before');
    await child.stop();
    const again = await startEverythingHttp(child.port);
    await eventually(async () => expect(await echo(on, 'after')).toContain('after'));
    await engine?.close();
    await again.stop();
  });

  it('that dies in a call does not let it wait for its deadline', { timeout: 20_000 }, async () => {
    const child = await startEverythingHttp();
    const on = await start({ url: child.url, call_timeout_ms: 60_000 });
    const args = { duration: 60, steps: 2 };
    const call = on.invoke('mcp__test__trigger-long-running-operation', args, CALLER, newSignal());
    const ended = call.catch((error: unknown) => error);
    await eventually(async () => expect((await on.health(newSignal()))['test']?.status).toBe('up'));
    await child.stop();
    expect(await ended).toMatchObject({ code: 'TOOL_UNAVAILABLE' });
  });
});
