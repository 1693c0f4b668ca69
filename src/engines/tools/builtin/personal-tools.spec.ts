import { describe, expect, it } from 'vitest';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { EngineChoice } from '../../engine-choice.js';
import type { KnowledgeEngine } from '../../knowledge/knowledge.port.js';
import type { MemoryEngine } from '../../memory/memory.port.js';
import type { ProfileEngine } from '../../profile/profile.port.js';
import type { ChangeScope, EngineQuestion, GuardedEngine } from '../../resilience/resilience.port.js';
import type { ToolCaller } from '../tool.port.js';
import { personalTools } from './personal-tools.js';

const CALLER: ToolCaller = { userId: 'u', sessionId: 's', personalityId: 'p', datasets: ['manuals'] };
const signal = new AbortController().signal;

/** Passes everything on, and notes on whose behalf. */
const guard = (asked: unknown[], isDown = false) =>
  ({
    ask: async (question: EngineQuestion, call: (within: AbortSignal) => Promise<unknown>) => {
      asked.push(question.userId);
      return isDown ? { status: 'degraded', value: null } : { status: 'ok', value: await call(signal) };
    },
    change: (scope: ChangeScope, call: (within: AbortSignal) => Promise<unknown>) => {
      asked.push(scope);
      return call(signal);
    },
  }) as unknown as GuardedEngine;

const memory = {
  search: async (query: string) => (query === 'dog' ? [{ text: 'Rex', createdAt: new Date('2026-01-02') }] : []),
  remember: async (userId: string, text: string) => ({ id: `${userId}:${text}` }),
} as unknown as MemoryEngine;
const knowledge = {
  search: async (_query: string, _userId: string, datasets: readonly string[]) => [
    { text: `from ${datasets.join()}`, source: 'a.md' },
  ],
} as unknown as KnowledgeEngine;

const toolsOf = (asked: unknown[] = [], isDown = false) =>
  personalTools({
    memory: new EngineChoice([{ engine: memory, guard: guard(asked, isDown) }]),
    profile: new EngineChoice<ProfileEngine>([]),
    knowledge: new EngineChoice([{ engine: knowledge, guard: guard(asked, isDown) }]),
  });
const run = async (name: string, args: Record<string, unknown>, caller = CALLER, tools = toolsOf()) =>
  tools.find(({ definition }) => definition.name === name)?.run(args, caller, signal);

describe('the tools of the personal engines', () => {
  it('are there where the engines are', () => {
    expect(toolsOf().map(({ definition }) => definition.name)).toEqual([
      'memory_search',
      'remember',
      'knowledge_search',
    ]);
    const none = new EngineChoice<never>([]);
    expect(personalTools({ memory: none, profile: none, knowledge: none })).toEqual([]);
  });

  it('fail where the personality has no engine of the kind', async () => {
    const caller = { ...CALLER, providers: { memory: 'off' } };
    await expect(run('memory_search', { query: 'dog' }, caller)).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
  });

  it('find and keep on behalf of their caller', async () => {
    const asked: unknown[] = [];
    const tools = toolsOf(asked);
    expect((await run('memory_search', { query: 'dog' }, CALLER, tools))?.text).toBe('- [2026-01-02] Rex');
    expect(await run('remember', { text: 'A fact.' }, CALLER, tools)).toMatchObject({
      structured: { id: 'u:A fact.' },
    });
    expect((await run('knowledge_search', { query: 'how' }, CALLER, tools))?.text).toBe('(source: a.md) from manuals');
    expect(asked).toEqual(['u', { userId: 'u' }, 'u']);
  });

  it.each([
    ['memory_search', { query: 'cat' }, CALLER, 'Nothing was found.'],
    ['knowledge_search', { query: 'how' }, { ...CALLER, datasets: [] }, 'There are no documents here.'],
  ])('%s says that there is nothing', async (name, args, caller, text) => {
    expect((await run(name, args, caller))?.text).toBe(text);
  });

  it.each(['memory_search', 'knowledge_search'])('%s tells the model where its engine is away', async (name) => {
    const failing = run(name, { query: 'dog' }, CALLER, toolsOf([], true));
    await expect(failing).rejects.toBeInstanceOf(CozyError);
    await expect(failing).rejects.toMatchObject({ code: 'TOOL_UNAVAILABLE' });
  });
});
