import { describe, expect, it } from 'vitest';
import { withDeadline } from './deadline.js';

const late = () => new Error('late');
const never = () => new Promise<never>(() => undefined);

describe('withDeadline', () => {
  it('gives what the work gives', async () => {
    await expect(withDeadline(new AbortController().signal, 1000, async () => 1, late)).resolves.toBe(1);
  });

  it('ends work that does not obey, and tells it', async () => {
    let told: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      told = signal;
      return never();
    };
    await expect(withDeadline(new AbortController().signal, 1, work, late)).rejects.toThrow('late');
    expect(told?.aborted).toBe(true);
  });

  it('ends with the caller’s own reason', async () => {
    const caller = new AbortController();
    const running = withDeadline(caller.signal, 1000, never, late);
    caller.abort(new Error('left'));
    await expect(running).rejects.toThrow('left');
    await expect(withDeadline(caller.signal, 1000, async () => 1, late)).rejects.toThrow('left');
  });

  it('passes on what the work throws', async () => {
    const work = () => Promise.reject(new Error('broken'));
    await expect(withDeadline(new AbortController().signal, 1000, work, late)).rejects.toThrow('broken');
  });
});
