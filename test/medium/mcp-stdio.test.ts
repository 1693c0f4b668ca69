import { afterEach, describe, expect, it, vi } from 'vitest';
import type { McpServerSection } from '../../src/core/config/sections/tools.section.js';
import type { McpToolEngine, McpToolEngineOptions } from '../../src/engines/tools/mcp/mcp-tool.engine.js';
import type { SampleHandler } from '../../src/engines/tools/sampling.port.js';
import { CALLER, newSignal } from '../contract/tool.contract.js';
import { connectedEngine, fakeSection, isAlive, eventually, keptLog, mcpEngine, toolNamesOf } from '../setup/mcp.js';

const engines: McpToolEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

const keep = (engine: McpToolEngine): McpToolEngine => {
  engines.push(engine);
  return engine;
};

const start = async (
  behaviour: string,
  fields: Partial<McpServerSection> = {},
  options: Partial<McpToolEngineOptions> = {},
): Promise<McpToolEngine> => keep(await connectedEngine([fakeSection(behaviour, fields)], options));

const call = (engine: McpToolEngine, tool: string, args: Record<string, unknown> = {}, signal = newSignal()) =>
  engine.invoke(`mcp__test__${tool}`, args, CALLER, signal);

const textOf = async (...args: Parameters<typeof call>): Promise<string> => (await call(...args)).text;
const pidOf = async (engine: McpToolEngine): Promise<number> => Number(await textOf(engine, 'pid'));
const statusOf = async (engine: McpToolEngine) => (await engine.health(newSignal()))['test'];

describe('A server whose connection ends', () => {
  it('that dies in a call is unavailable for that call and back for the next', async () => {
    const engine = await start('plain');
    const before = await pidOf(engine);
    await expect(call(engine, 'die')).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
    expect(toolNamesOf(engine)).toContain('mcp__test__pid');
    expect(await pidOf(engine)).not.toBe(before);
  });

  it('that dies while idle is connected again by itself', async () => {
    const { logger, lines } = keptLog();
    const engine = await start('plain', {}, { logger });
    const before = await pidOf(engine);
    await call(engine, 'die_after');
    await eventually(() =>
      expect(lines.filter(({ message }) => message === 'An MCP server is connected')).toHaveLength(2),
    );
    expect(await pidOf(engine)).not.toBe(before);
    expect(await statusOf(engine)).toEqual({ status: 'up' });
  });

  it('that ends at every start is down, with ever longer waits, and holds up nobody', async () => {
    const { logger, lines } = keptLog();
    const sections = [fakeSection('crash', { name: 'dead' }), fakeSection('plain')];
    const engine = keep(await connectedEngine(sections, { logger }));
    expect(await textOf(engine, 'echo', { message: 'well' })).toBe('well');
    await eventually(() => expect(lines.filter(({ failures }) => failures === 4)).toHaveLength(1));
    const waits = lines.filter(({ failures }) => failures !== undefined).map(({ retryInMs }) => Number(retryInMs));
    expect(waits[0]).toBeLessThanOrEqual(20);
    expect(waits[3]).toBeGreaterThanOrEqual(50);
    const { dead } = await engine.health(newSignal());
    expect(dead).toEqual({ status: 'down', reason: 'The connection ended.' });
  });

  it('whose program does not exist is down and says what to check', async () => {
    const engine = await start('plain', { command: '/no/such/program' });
    expect(engine.list()).toEqual([]);
    expect(await statusOf(engine)).toMatchObject({
      status: 'down',
      reason: expect.stringContaining('command') as string,
    });
  });

  it('that cannot come back is unavailable within the deadline of the call', async () => {
    const section = fakeSection('plain');
    const engine = keep(await connectedEngine([section], { retry: { firstMs: 60_000, mostMs: 60_000, stableMs: 1 } }));
    section.command = '/no/such/program';
    await expect(call(engine, 'die')).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
    await expect(call(engine, 'pid')).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
  });
});

describe('A server that does not answer', () => {
  it('to the handshake is given up after the time to connect; nothing waits for it', async () => {
    const engine = keep(mcpEngine([fakeSection('silent', { connect_timeout_ms: 150 })]));
    engine.start();
    expect(await statusOf(engine)).toEqual({ status: 'degraded', reason: 'Connecting.' });
    await eventually(async () => expect(await statusOf(engine)).toMatchObject({ status: 'down' }));
    expect((await statusOf(engine))?.reason).toBe('It did not answer in time.');
  });

  it('to a call is told that nobody waits any more', async () => {
    const engine = await start('plain', { call_timeout_ms: 200 });
    await expect(call(engine, 'hang')).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
    const controller = new AbortController();
    const hanging = call(engine, 'hang', {}, controller.signal);
    setImmediate(() => controller.abort(new Error('private words')));
    await expect(hanging).rejects.toMatchObject({ code: 'TOOL_FAILED', message: 'The call was cancelled.' });
    const reasons = JSON.parse(await textOf(engine, 'cancelled')) as string[];
    expect(reasons).toEqual(['TimeoutError: The call took too long.', 'AbortError: The call was cancelled.']);
  });

  it('has a deadline of its own, which others wait for a little longer', async () => {
    const engine = await start('plain', { call_timeout_ms: 90_000 });
    expect(new Set(engine.list().map(({ timeoutMs }) => timeoutMs))).toEqual(new Set([91_000]));
  });

  it('is not given more time for telling of its progress', async () => {
    const engine = await start('plain', { call_timeout_ms: 300 });
    const begun = Date.now();
    await expect(call(engine, 'progress')).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
    expect(Date.now() - begun).toBeLessThan(2000);
  });

  it('to anything any more is ended and started again', { timeout: 15_000 }, async () => {
    const engine = await start('plain', { call_timeout_ms: 200 });
    const before = await pidOf(engine);
    await expect(call(engine, 'deafen')).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
    const again = async (): Promise<number> => await pidOf(engine).catch(() => before);
    await eventually(async () => expect(await again()).not.toBe(before));
    expect(await isAlive(before)).toBe(false);
  });
});

describe('A server that breaks the protocol', () => {
  it.each(['garbage', 'plain'])('is listened to past its noise (%s)', async (behaviour) => {
    const engine = await start(behaviour);
    expect(await textOf(engine, 'noise')).toBe('after the noise');
    expect(await textOf(engine, 'echo', { message: 'still here' })).toBe('still here');
  });

  it('with its answer fails that call alone', async () => {
    const engine = await start('plain');
    const message = 'The tool gave an answer that cannot be understood.';
    await expect(call(engine, 'nonsense')).rejects.toMatchObject({ code: 'TOOL_FAILED', message });
    expect(await textOf(engine, 'echo', { message: 'still here' })).toBe('still here');
  });

  it('with a message beyond all measure is cut off, and is back for the next call', async () => {
    const engine = await start('plain');
    await expect(call(engine, 'huge', { bytes: 12_000_000 })).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
    expect(await textOf(engine, 'echo', { message: 'back' })).toBe('back');
  });

  it('with a large result is cut to a bound', async () => {
    const { text } = await call(await start('plain'), 'huge', { bytes: 5_000_000 });
    expect(text.length).toBe(1_000_000);
    expect(text.endsWith('[… the rest was left out]')).toBe(true);
  });

  it('with its handshake is down, and its words stay with it', async () => {
    const { logger, lines } = keptLog();
    const engine = await start('refusing', {}, { logger });
    expect(await statusOf(engine)).toEqual({ status: 'down', reason: 'It refused the request with error -32000.' });
    expect(JSON.stringify(lines)).not.toContain('secret words');
  });
});

describe('The tools of a server', () => {
  it('that fail say why in their own words', async () => {
    const engine = await start('plain');
    const failed = { code: 'TOOL_FAILED', message: 'No such city.' };
    await expect(call(engine, 'fail', { message: 'No such city.' })).rejects.toMatchObject(failed);
    await expect(call(engine, 'fail_silently')).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: 'The tool failed.',
    });
    const refused = expect.stringContaining('Not today.') as string;
    await expect(call(engine, 'refuse', { message: 'Not today.' })).rejects.toMatchObject({ message: refused });
    const long = await call(engine, 'fail', { message: 'x'.repeat(50_000) }).catch((error: Error) => error.message);
    expect(long).toHaveLength(4000);
  });

  it('give JSON', async () => {
    expect(await call(await start('plain'), 'structured')).toEqual({
      text: '{"answer":42}',
      structured: { answer: 42 },
    });
  });

  it('are listed again when they change, once for many notifications', async () => {
    const engine = await start('plain');
    await call(engine, 'grow', { name: 'new_one' });
    await eventually(() => expect(toolNamesOf(engine)).toContain('mcp__test__new_one'));
    expect(await textOf(engine, 'new_one')).toBe('new_one');
    expect(Number(await textOf(engine, 'lists'))).toBe(2);
  });

  it('are read over all pages', async () => {
    const engine = await start('pages');
    expect(toolNamesOf(engine)).toContain('mcp__test__ask');
    expect(await textOf(engine, 'echo', { message: 'hi' })).toBe('hi');
  });

  it('are bounded where pages never end', async () => {
    expect((await start('endless')).list()).toHaveLength(50);
  });

  it('are offered only with names and schemas that can be passed on', async () => {
    const { logger, lines } = keptLog();
    const engine = await start('schemas', {}, { logger });
    const names = toolNamesOf(engine).map((name) => name.replace('mcp__test__', ''));
    expect(names.slice(0, 3)).toEqual(['local', 'untyped', 'no_schema']);
    expect(names.filter((name) => /^get_weather(_[0-9a-f]{8})?$/.test(name))).toHaveLength(3);
    expect(names).toContain('get_weather');
    expect(names).not.toContain('remote');
    expect(Math.max(...engine.list().map(({ description }) => description.length))).toBe(1024);
    const warning = lines.find(({ message }) => message === 'Tools of an MCP server are not offered');
    expect(warning?.['problems']).toContain('remote: its input schema refers to another document');
    expect(warning?.['problems']).toContain('task: it can only be run as a task');
    expect(await textOf(engine, 'local')).toBe('local');
  });

  it('have the level that the configuration gives them', async () => {
    const engine = await start('plain', { level: 'write', tool_levels: { echo: 'read_only', pid: 'dangerous' } });
    const levels = Object.fromEntries(engine.list().map(({ name, level }) => [name, level]));
    expect(levels).toMatchObject({
      mcp__test__echo: 'read_only',
      mcp__test__pid: 'dangerous',
      mcp__test__env: 'write',
    });
  });
});

describe('What a server is told', () => {
  it('is the environment that the configuration gives, and PATH and HOME', async () => {
    process.env['COZY_TEST_SECRET'] = 'of this server';
    const env = JSON.parse(
      await textOf(await start('plain', { env: { TOKEN: 'for it' } }), 'env'),
    ) as NodeJS.ProcessEnv;
    delete process.env['COZY_TEST_SECRET'];
    expect(env).toMatchObject({ PATH: process.env['PATH'], HOME: process.env['HOME'], TOKEN: 'for it' });
    expect(env).not.toHaveProperty('COZY_TEST_SECRET');
    expect(env).not.toHaveProperty('NODE_ENV');
  });

  it('is neither roots nor models unless the configuration says so', async () => {
    const sample = vi.fn<SampleHandler>();
    const engine = await start('plain', {}, { sample });
    for (const method of ['roots/list', 'sampling/createMessage', 'elicitation/create']) {
      expect(JSON.parse(await textOf(engine, 'ask', { method, params: {} }))).toMatchObject({ code: -32_601 });
    }
    expect(sample).not.toHaveBeenCalled();
  });

  it('are the configured roots', async () => {
    const engine = await start('plain', { roots: ['/srv/files', 'file:///srv/more'] });
    const roots = [{ uri: 'file:///srv/files' }, { uri: 'file:///srv/more' }];
    expect(JSON.parse(await textOf(engine, 'ask', { method: 'roots/list' }))).toEqual({ roots });
  });

  it('is what its handler says of its question to the model', async () => {
    const sample = vi.fn<SampleHandler>(() => Promise.resolve({ text: 'Four.', model: 'demo' }));
    const engine = await start('plain', { sampling: true }, { sample });
    const params = {
      messages: [{ role: 'user', content: { type: 'text', text: 'Two and two?' } }],
      maxTokens: 100_000,
      modelPreferences: { hints: [{ name: 'small' }] },
    };
    const answer: unknown = JSON.parse(await textOf(engine, 'ask', { method: 'sampling/createMessage', params }));
    expect(answer).toEqual({
      role: 'assistant',
      content: { type: 'text', text: 'Four.' },
      model: 'demo',
      stopReason: 'endTurn',
    });
    const messages = [{ role: 'user', text: 'Two and two?' }];
    const asked = { server: 'test', messages, maxTokens: 4096, modelHints: ['small'] };
    expect(sample).toHaveBeenCalledWith(asked, expect.any(AbortSignal));
  });

  it('is nothing of what its handler fails of', async () => {
    const sample = () => Promise.reject(new Error('private words'));
    const engine = await start('plain', { sampling: true }, { sample });
    const params = { messages: [], maxTokens: 1 };
    const answer = await textOf(engine, 'ask', { method: 'sampling/createMessage', params });
    expect(answer).toContain('The model could not answer.');
    expect(answer).not.toContain('private');
  });
});

describe('What a server writes to its stderr', () => {
  it('is logged without secrets as long as it was not called, and counted after', async () => {
    const { logger, lines } = keptLog();
    const engine = await start('chatty', { env: { TOKEN: 'plain-secret-7' } }, { logger });
    await call(engine, 'complain', { message: 'what somebody said' });
    await engine.close();
    const said = JSON.stringify(lines);
    expect(said).toContain('begin [redacted]');
    expect(said).not.toContain('plain-secret-7');
    expect(said).not.toContain('what somebody said');
    expect(lines.find(({ message }) => message === 'An MCP server wrote to its stderr')).toMatchObject({ lines: 2 });
  });
});

describe('A server of the protocol of 2026-07-28 alone', () => {
  it('is spoken to in that', async () => {
    const { logger, lines } = keptLog();
    const engine = await start('modern', {}, { logger });
    expect(await textOf(engine, 'echo', { message: 'modern' })).toBe('modern');
    expect(lines.find(({ protocol }) => protocol !== undefined)).toMatchObject({ protocol: '2026-07-28' });
    expect(await statusOf(engine)).toEqual({ status: 'up' });
  });
});

describe('Closing', () => {
  it('ends children, those too that do not want to', { timeout: 15_000 }, async () => {
    const engine = await start('stubborn');
    const pid = await pidOf(engine);
    await engine.close();
    expect(await isAlive(pid)).toBe(false);
  });

  it('ends what is still being connected', async () => {
    const engine = keep(mcpEngine([fakeSection('silent', { connect_timeout_ms: 600_000 })]));
    engine.start();
    await engine.close();
    expect(await statusOf(engine)).toEqual({ status: 'down', reason: 'Closed.' });
  });

  it('leaves no timer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    const engine = await start('plain');
    await call(engine, 'echo', { message: 'hi' });
    await engine.close();
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
