import { afterEach, expect, it, vi } from 'vitest';
import type { EngineHealth } from '../../engines/engine-health.js';
import { EngineHealthService } from './engine-health.service.js';

afterEach(() => vi.useRealTimers());

it('strangers cannot make the server ask its providers as often as they like', async () => {
  vi.useFakeTimers();
  const health = vi.fn<() => Promise<EngineHealth>>(async () => ({ status: 'up' }));
  const none = { all: [] };
  const service = new EngineHealthService(
    { engines: [{ provider: 'openai', health }] } as never,
    { engines: [] },
    { memory: none, profile: none, knowledge: none } as never,
    { stt: null, tts: null } as never,
    { isAvailable: false } as never,
  );
  const { signal } = new AbortController();
  const found = await Promise.all(Array.from({ length: 50 }, () => service.lately(signal)));
  for (const one of found) expect(one).toEqual([{ kind: 'ai', provider: 'openai', status: 'up' }]);
  expect(health).toHaveBeenCalledTimes(1);
  await service.all(signal);
  expect(health).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  await service.lately(signal);
  expect(health).toHaveBeenCalledTimes(3);
});
