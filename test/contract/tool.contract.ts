import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOOL_LEVELS } from '../../src/core/domain/tool.js';
import type { CozyError } from '../../src/core/errors/cozy.error.js';
import { ENGINE_API_VERSION } from '../../src/engines/engine-health.js';
import type { ToolCaller, ToolEngine } from '../../src/engines/tools/tool.port.js';

interface Call {
  name: string;
  args: Record<string, unknown>;
}

/** What a suite run needs of one kind of engine. */
export interface ToolContractSubject {
  engine: ToolEngine;
  /** Answers at once with a text that holds `says`. */
  quick: Call & { says: string };
  /** Answers with JSON too; absent where no tool does. */
  structured?: Call & { holds: Record<string, unknown> };
  /** Refuses its arguments or fails in another way of its own. */
  failing?: Call;
  /** Takes seconds unless it is cancelled; absent where no tool does. */
  slow?: Call;
  /** An engine whose deadline is short, with the same tools. */
  hasty?: () => Promise<ToolEngine>;
  /** A second engine, ready, for tests that close it. */
  another(): Promise<ToolEngine>;
  dispose(): Promise<void>;
}

export const CALLER: ToolCaller = { userId: 'user-1', sessionId: null, personalityId: 'cozy', datasets: [] };
export const newSignal = (): AbortSignal => new AbortController().signal;

const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: CozyError) => error.code,
  );

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** What every ToolEngine promises, whatever is behind it. */
export function describeToolContract(name: string, factory: () => Promise<ToolContractSubject>): void {
  describe(`${name} keeps the ToolEngine contract`, () => {
    let subject: ToolContractSubject;
    let engine: ToolEngine;
    const invoke = (call: Call, signal = newSignal(), on = engine) => on.invoke(call.name, call.args, CALLER, signal);

    beforeAll(async () => {
      subject = await factory();
      engine = subject.engine;
    });
    afterAll(() => subject.dispose());

    it('says which port it implements', () => {
      expect(engine.apiVersion).toBe(ENGINE_API_VERSION);
      expect(engine.type).toMatch(/^[a-z]+$/);
    });

    it('lists tools that any model provider accepts, each name once', () => {
      const tools = engine.list();
      expect(tools.length).toBeGreaterThan(0);
      expect(new Set(tools.map((tool) => tool.name)).size).toBe(tools.length);
      for (const tool of tools) {
        expect(tool.name).toMatch(NAME);
        expect(tool.description.length).toBeGreaterThan(0);
        expect(tool.description.length).toBeLessThanOrEqual(1024);
        expect(tool.parameters).toMatchObject({ type: 'object' });
        expect(TOOL_LEVELS).toContain(tool.level);
      }
    });

    it('lists the same as long as nothing changes', () => {
      expect(engine.list()).toEqual(engine.list());
    });

    it('runs a tool', async () => {
      expect((await invoke(subject.quick)).text).toContain(subject.quick.says);
    });

    it('keeps what a tool gives as JSON', async () => {
      if (!subject.structured) return;
      expect((await invoke(subject.structured)).structured).toMatchObject(subject.structured.holds);
    });

    it('keeps concurrent calls apart', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, () => invoke(subject.quick)));
      for (const { text } of results) expect(text).toContain(subject.quick.says);
    });

    it('does not know a tool that it does not list', async () => {
      await expect(invoke({ name: 'no_such_tool', args: {} })).rejects.toMatchObject({ code: 'TOOL_NOT_FOUND' });
      await expect(invoke({ name: 'constructor', args: {} })).rejects.toMatchObject({ code: 'TOOL_NOT_FOUND' });
    });

    it('tells in words what a tool failed of', async () => {
      if (!subject.failing) return;
      const refusal = { name: 'CozyError', code: expect.stringMatching(/^TOOL_/) as string };
      await expect(invoke(subject.failing)).rejects.toMatchObject(refusal);
    });

    it('cancels a call when its signal aborts', async () => {
      if (!subject.slow) return;
      const controller = new AbortController();
      const begun = Date.now();
      const call = invoke(subject.slow, controller.signal);
      controller.abort();
      await expect(call).rejects.toMatchObject({ name: 'CozyError', code: expect.stringMatching(/^TOOL_/) as string });
      expect(Date.now() - begun).toBeLessThan(2000);
    });

    it('does not begin a call whose signal was aborted before', async () => {
      const call = invoke(subject.quick, AbortSignal.abort());
      await expect(call).rejects.toMatchObject({ name: 'CozyError', code: expect.stringMatching(/^TOOL_/) as string });
    });

    it('leaves no listener on a signal that lives on', async () => {
      const { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
      signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
      await invoke(subject.quick, signal);
      await engine.refresh(signal);
      await engine.health(signal);
      expect(listeners).toBe(0);
    });

    it('ends a call that takes longer than it may', async () => {
      if (!subject.slow || !subject.hasty) return;
      const hasty = await subject.hasty();
      await expect(invoke(subject.slow, newSignal(), hasty)).rejects.toMatchObject({ code: 'TOOL_TIMEOUT' });
      await hasty.close();
    });

    it('looks again without losing anything, also when nobody waits for it', async () => {
      const before = engine.list().map((tool) => tool.name);
      await engine.refresh(newSignal());
      await engine.refresh(AbortSignal.abort());
      expect(engine.list().map((tool) => tool.name)).toEqual(before);
    });

    it('is healthy', async () => {
      const reports = Object.values(await engine.health(newSignal()));
      expect(reports.length).toBeGreaterThan(0);
      for (const report of reports) expect(report).toEqual({ status: 'up' });
    });

    it('ends what is running when it is closed, any number of times', async () => {
      const closing = await subject.another();
      const slow = subject.slow ?? { name: 'no_such_tool', args: {} };
      const ended = codeOf(invoke(slow, newSignal(), closing));
      await Promise.all([closing.close(), closing.close()]);
      await closing.close();
      expect(await ended).toBe(subject.slow ? 'TOOL_UNAVAILABLE' : 'TOOL_NOT_FOUND');
      await expect(invoke(subject.quick, newSignal(), closing)).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
      for (const { status } of Object.values(await closing.health(newSignal()))) expect(status).toBe('down');
      await closing.refresh(newSignal());
    });
  });
}
