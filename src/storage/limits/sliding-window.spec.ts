import { describe, expect, it } from 'vitest';
import { SlidingWindow } from './sliding-window.js';

describe('SlidingWindow', () => {
  it('forgets what is older than the window, and says when the next place is free', () => {
    const window = new SlidingWindow();
    expect(window.state(1000, 0)).toEqual({ used: 0, freesInMs: 1000 });
    window.add(0);
    window.add(600);
    expect(window.state(1000, 700)).toEqual({ used: 2, freesInMs: 300 });
    expect(window.state(1000, 1000)).toEqual({ used: 1, freesInMs: 600 });
    expect(window.state(1000, 1600)).toEqual({ used: 0, freesInMs: 1000 });
  });

  it('stays right through many that come and go', () => {
    const window = new SlidingWindow();
    for (let now = 0; now < 10_000; now += 1) {
      window.state(100, now);
      window.add(now);
    }
    expect(window.state(100, 10_000)).toEqual({ used: 99, freesInMs: 1 });
  });
});
