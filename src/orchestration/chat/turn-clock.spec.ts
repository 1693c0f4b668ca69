import { describe, expect, it } from 'vitest';
import { TurnClock } from './turn-clock.js';

/** A clock that stands still until it is told to go on. */
function standing() {
  let now = 1000;
  const clock = new TurnClock(() => now);
  return { clock, pass: (milliseconds: number) => (now += milliseconds) };
}

describe('the clock of a turn', () => {
  it('takes what others were waited for out of the gateway’s own time', () => {
    const { clock, pass } = standing();
    pass(3);
    clock.leave();
    pass(500);
    clock.back();
    pass(4);
    expect({ own: clock.own, elapsed: clock.elapsed }).toEqual({ own: 7, elapsed: 507 });
  });

  it('knows when the model began, for the first time', () => {
    const { clock, pass } = standing();
    expect(clock.firstToken).toBeUndefined();
    pass(30);
    expect(clock.begun()).toBe(30);
    pass(5);
    expect([clock.begun(), clock.firstToken]).toEqual([30, 30]);
  });

  it('leaves once and comes back once, however often it is told to', () => {
    const { clock, pass } = standing();
    clock.back();
    clock.leave();
    pass(10);
    clock.leave();
    pass(10);
    clock.back();
    clock.back();
    pass(1);
    expect(clock.own).toBe(1);
  });

  it('counts no wait that still goes on', () => {
    const { clock, pass } = standing();
    pass(2);
    clock.leave();
    pass(100);
    expect(clock.own).toBe(2);
  });

  it('comes back also from work that failed', async () => {
    const { clock, pass } = standing();
    let fail: (error: Error) => void = () => undefined;
    const work = clock.elsewhere(new Promise((_, reject) => (fail = reject)));
    pass(50);
    fail(new Error('gone'));
    await expect(work).rejects.toThrow('gone');
    pass(5);
    expect(clock.own).toBe(5);
  });
});
