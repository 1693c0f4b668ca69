import { describe, expect, it } from 'vitest';
import { SlidingWindow } from './sliding-window.js';

describe('SlidingWindow', () => {
  it('allows so many in any stretch of the window, and says when the next one is', () => {
    const window = new SlidingWindow();
    const take = (now: number) => window.take(2, 1000, now);
    expect(take(0)).toEqual({ allowed: true, remaining: 1, retryAfterMs: 0 });
    expect(take(600)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0 });
    expect(take(700)).toEqual({ allowed: false, remaining: 0, retryAfterMs: 300 });
    expect(take(1000)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0 });
    expect(take(1500)).toMatchObject({ allowed: false, retryAfterMs: 100 });
  });

  it('does not count what it refused', () => {
    const window = new SlidingWindow();
    for (let now = 0; now < 1000; now += 10) window.take(1, 1000, now);
    expect(window.take(1, 1000, 1000).allowed).toBe(true);
  });

  it('allows nothing under a limit of none', () => {
    expect(new SlidingWindow().take(0, 1000, 5)).toEqual({ allowed: false, remaining: 0, retryAfterMs: 1000 });
  });
});
