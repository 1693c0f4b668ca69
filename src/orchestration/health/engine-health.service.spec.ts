import { afterEach, expect, it, vi } from 'vitest';
import { EngineHealthService } from './engine-health.service.js';

afterEach(() => vi.useRealTimers());

it('strangers cannot make the server ask its providers as often as they like', async () => {
  vi.useFakeTimers();
  const health = vi.fn(async () => ({ status: 'up' }));
  const none = { all: [] };
  const service = new EngineHealthService(
    { engines: [{ provider: 'openai', health }] } as never,
    { engines: [] } as never,
    { memory: none, profile: none, knowledge: none } as never,
    { stt: null, tts: null } as never,
    { isAvailable: false } as never,
  );
  const { signal } = new AbortController();
  const found = await Promise.all(Array.from({ length: 50 }, () => service.lately(signal)));
  expect(found).toEqual(Array(50).fill([{ kind: 'ai', provider: 'openai', status: 'up' }]));
  expect(health).toHaveBeenCalledTimes(1);
  await service.all(signal);
  expect(health).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  await service.lately(signal);
  expect(health).toHaveBeenCalledTimes(3);
});
