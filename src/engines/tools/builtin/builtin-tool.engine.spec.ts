import { describe, expect, it } from 'vitest';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { ToolCaller } from '../tool.port.js';
import type { BuiltinTool } from './builtin-tool.js';
import { BuiltinToolEngine } from './builtin-tool.engine.js';

const CALLER: ToolCaller = { userId: 'u', sessionId: null, personalityId: 'p', datasets: [] };
const { signal } = new AbortController();

const toolOf = (name: string, run: BuiltinTool['run']): BuiltinTool => ({
  definition: { name, description: 'd', parameters: { type: 'object' }, level: 'read_only', server: null },
  run,
});
const waiting = toolOf('wait', (_args, _caller, abort) => {
  return new Promise((_, reject) => abort.addEventListener('abort', () => reject(new Error('stopped'))));
});
const echo = toolOf('echo', (args, caller) => ({ text: JSON.stringify([args, caller.userId]) }));

describe('BuiltinToolEngine', () => {
  it('lists its tools and runs one for its caller', async () => {
    const engine = new BuiltinToolEngine([echo, waiting]);
    expect(engine.list().map(({ name }) => name)).toEqual(['echo', 'wait']);
    expect(await engine.invoke('echo', { a: 1 }, CALLER, signal)).toEqual({ text: '[{"a":1},"u"]' });
  });

  it('refuses two tools of one name', () => {
    expect(() => new BuiltinToolEngine([echo, echo])).toThrow('same name');
  });

  it.each(['nothing', '', '__proto__', 'toString'])('knows no tool %j', async (name) => {
    await expect(new BuiltinToolEngine([echo]).invoke(name, {}, CALLER, signal)).rejects.toMatchObject({
      code: 'TOOL_NOT_FOUND',
    });
  });

  it.each([
    ['its own error as it is', new CozyError('TOOL_UNAVAILABLE', { message: 'Later.' }), 'TOOL_UNAVAILABLE', 'Later.'],
    ['an unexpected one without its words', new Error('secret'), 'TOOL_FAILED', 'The tool failed.'],
  ])('gives %s', async (_, thrown, code, message) => {
    const engine = new BuiltinToolEngine([toolOf('bad', () => Promise.reject(thrown))]);
    await expect(engine.invoke('bad', {}, CALLER, signal)).rejects.toMatchObject({ code, message });
  });

  it('turns what a tool throws at once into an error of the table', async () => {
    const engine = new BuiltinToolEngine([
      toolOf('bad', () => {
        throw new TypeError('at once');
      }),
    ]);
    await expect(engine.invoke('bad', {}, CALLER, signal)).rejects.toMatchObject({ code: 'TOOL_FAILED' });
  });

  it('ends a call with its signal, and starts none when it has aborted', async () => {
    const engine = new BuiltinToolEngine([waiting, echo]);
    const controller = new AbortController();
    const call = engine.invoke('wait', {}, CALLER, controller.signal);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
    await expect(engine.invoke('echo', {}, CALLER, controller.signal)).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
  });

  it('ends what is running when it is closed, twice if need be', async () => {
    const engine = new BuiltinToolEngine([waiting]);
    expect(await engine.health()).toEqual({ builtin: { status: 'up' } });
    const call = engine.invoke('wait', {}, CALLER, signal);
    await Promise.all([engine.close(), engine.close()]);
    await expect(call).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
    await expect(engine.invoke('wait', {}, CALLER, signal)).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
    expect(await engine.health()).toMatchObject({ builtin: { status: 'down' } });
  });
});
