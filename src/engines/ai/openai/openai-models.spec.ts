import { describe, expect, it, vi } from 'vitest';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { healthOf, modelIdsOf, ModelList } from './openai-models.js';

const open = { defaultModel: 'd', embeddingModel: 'e', allowedModels: ['*'] };

describe('ModelList', () => {
  it('asks once in five minutes, and once for many at a time', async () => {
    let now = 0;
    const ask = vi.fn<() => Promise<string[]>>(() => Promise.resolve(['a', 'd']));
    const list = new ModelList(open, ask, () => now);
    expect(await Promise.all([list.get(), list.get()])).toEqual([
      ['d', 'a'],
      ['d', 'a'],
    ]);
    now = 299_999;
    await list.get();
    expect(ask).toHaveBeenCalledTimes(1);
    now = 300_000;
    await list.get();
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('remembers a failure for a short while only', async () => {
    let now = 0;
    const ask = vi.fn<() => Promise<string[]>>(() => Promise.resolve(['a']));
    ask.mockRejectedValueOnce(new Error('down'));
    const list = new ModelList(open, ask, () => now);
    expect(await list.get()).toEqual(['d']);
    expect(await list.get()).toEqual(['d']);
    now = 15_000;
    expect(await list.get()).toEqual(['d', 'a']);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('allows what is named, the default and the embedding model', () => {
    const list = new ModelList({ ...open, allowedModels: ['a'] }, () => Promise.reject(new Error('not asked')));
    expect(['a', 'd', 'e', 'x', ''].map((model) => list.allows(model))).toEqual([true, true, true, false, false]);
  });
});

describe('modelIdsOf', () => {
  it('reads what has an id', () => {
    expect(modelIdsOf({ data: [{ id: 'a' }, {}, null, { id: '' }, { id: 'b' }] })).toEqual(['a', 'b']);
  });
  it.each([undefined, 'x', {}, { data: {} }])('refuses %j', (answer) => {
    expect(() => modelIdsOf(answer)).toThrow('GET /models gave no list');
  });
});

describe('healthOf', () => {
  it.each([
    ['ENGINE_AUTH_FAILED', 'down'],
    ['ENGINE_UNAVAILABLE', 'down'],
    ['ENGINE_TIMEOUT', 'down'],
    ['ENGINE_RATE_LIMITED', 'degraded'],
    ['ENGINE_FAILED', 'degraded'],
    ['RESOURCE_MODEL_NOT_FOUND', 'up'],
  ] as const)('%s: %s', (code, status) => {
    expect(healthOf(new CozyError(code)).status).toBe(status);
  });
});
