import { describe, expect, it, vi } from 'vitest';
import type { SampleHandler } from '../../src/engines/tools/sampling.port.js';
import { fakeSection, isAlive, keptLog, mcpEngine } from '../setup/mcp.js';
import { call, pidOf, statusOf, stdioEngines, textOf } from '../setup/stdio-engines.js';

const { keep, start } = stdioEngines();

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
