import { describe, expect, it } from 'vitest';
import { newSignal } from '../contract/tool.contract.js';
import { connectedEngine, fakeSection, isAlive, eventually, keptLog, mcpEngine, toolNamesOf } from '../setup/mcp.js';
import { call, pidOf, statusOf, stdioEngines, textOf } from '../setup/stdio-engines.js';

const { keep, start } = stdioEngines();

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
