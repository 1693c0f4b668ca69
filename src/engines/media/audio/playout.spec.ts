import { describe, expect, it } from 'vitest';
import type { SpokenFrame } from '../call-audio.port.js';
import { Playout } from './playout.js';

const FRAME = 480;
const never = new AbortController().signal;
const speech = (milliseconds: number, value = 1) => new Int16Array(milliseconds * 24).fill(value);

function stage() {
  const time = { now: 1_000 };
  const sent: SpokenFrame[] = [];
  const line = { open: true };
  const playout = new Playout({
    now: () => time.now,
    emit: (frame) => {
      if (line.open) sent.push(frame);
      return line.open;
    },
  });
  /** Lets time go by, with a tick every 20 ms. */
  const pass = (milliseconds: number) => {
    for (let gone = 0; gone < milliseconds; gone += 20) {
      time.now += 20;
      playout.tick();
    }
  };
  return { playout, sent, line, pass, time };
}

/** Whether it has settled once all that could has been done. */
const isSettled = (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise<boolean>((resolve) => setImmediate(resolve, false))]);

describe('the pace', () => {
  it('is real time, 60 ms ahead', async () => {
    const { playout, sent, pass } = stage();
    await playout.play('a', speech(500), never);
    const counts = [sent.length];
    for (let step = 0; step < 5; step++) {
      pass(20);
      counts.push(sent.length);
    }
    expect(counts).toEqual([3, 4, 5, 6, 7, 8]);
  });

  it('catches up after ticks that did not come, and is never more than 60 ms ahead', async () => {
    const { playout, sent, time } = stage();
    await playout.play('a', speech(500), never);
    time.now += 100;
    playout.tick();
    expect(sent.length).toBe(6);
  });

  it('starts anew after a silence: what was not said in it is not made up for', async () => {
    const { playout, sent, pass } = stage();
    await playout.play('a', speech(40), never);
    pass(1_000);
    await playout.play('a', speech(500), never);
    expect(sent.length).toBe(2 + 3);
  });
});

describe('the frames', () => {
  it('are 20 ms long, numbered, and of pieces of any length', async () => {
    const { playout, sent, pass } = stage();
    const whole = Int16Array.from({ length: FRAME * 3 }, (_, index) => index);
    for (const [from, to] of [
      [0, 7],
      [7, 500],
      [500, 1_100],
      [1_100, 1_440],
    ]) {
      await playout.play('a', whole.subarray(from, to), never);
    }
    pass(100);
    expect(sent.map(({ turnId, seq }) => [turnId, seq])).toEqual([
      ['a', 0],
      ['a', 1],
      ['a', 2],
    ]);
    expect(sent.flatMap(({ samples }) => [...samples])).toEqual([...whole]);
  });

  it('wait for a whole one while the turn goes on; the last one is filled up with silence', async () => {
    const { playout, sent } = stage();
    await playout.play('a', speech(10), never);
    expect(sent).toEqual([]);
    await playout.finish('a', never);
    expect(sent.map(({ samples }) => [samples.length, samples[0], samples.at(-1)])).toEqual([[FRAME, 1, 0]]);
    expect(playout.playedMs('a')).toBe(10);
  });

  it('of one turn come after those of the one before, whose rest needs no end', async () => {
    const { playout, sent, pass } = stage();
    await playout.play('a', speech(30), never);
    await playout.play('b', speech(20), never);
    pass(100);
    expect(sent.map(({ turnId, seq }) => `${turnId}${seq}`)).toEqual(['a0', 'a1', 'b0']);
  });

  it('of a new turn are not held up by one that was never ended and has nothing left', async () => {
    const { playout, sent, pass } = stage();
    await playout.play('a', speech(20), never);
    pass(100);
    await playout.play('b', speech(20), never);
    expect(sent.map(({ turnId }) => turnId)).toEqual(['a', 'b']);
  });
});

describe('giving more', () => {
  it('waits while a second of speech waits', async () => {
    const { playout, pass } = stage();
    const given = playout.play('a', speech(2_000), never);
    expect(await isSettled(given)).toBe(false);
    pass(900);
    expect(await isSettled(given)).toBe(false);
    pass(60);
    expect(await isSettled(given)).toBe(true);
  });

  it('ends with the reason of its signal', async () => {
    const { playout } = stage();
    const interrupted = new AbortController();
    const given = playout.play('a', speech(2_000), interrupted.signal);
    interrupted.abort(new Error('interrupted'));
    await expect(given).rejects.toThrow('interrupted');
    await expect(playout.play('a', speech(20), interrupted.signal)).rejects.toThrow('interrupted');
  });
});

describe('the end of a turn', () => {
  it('is when all of it has left', async () => {
    const { playout, pass } = stage();
    await playout.play('a', speech(200), never);
    const finished = playout.finish('a', never);
    pass(100);
    expect(await isSettled(finished)).toBe(false);
    pass(40);
    expect(await isSettled(finished)).toBe(true);
    expect(playout.playedMs('a')).toBe(200);
  });

  it('is at once where nothing was said', async () => {
    await expect(stage().playout.finish('a', never)).resolves.toBeUndefined();
  });

  it('stops waiting with its signal', async () => {
    const { playout } = stage();
    await playout.play('a', speech(500), never);
    const interrupted = new AbortController();
    const finished = playout.finish('a', interrupted.signal);
    interrupted.abort(new Error('interrupted'));
    await expect(finished).rejects.toThrow('interrupted');
  });
});

describe('a pause', () => {
  it('keeps what waits and goes on where it was', async () => {
    const { playout, sent, pass } = stage();
    await playout.play('a', speech(200), never);
    playout.pause();
    pass(1_000);
    expect([sent.length, playout.playedMs('a')]).toEqual([3, 60]);
    playout.resume();
    expect(sent.length).toBe(6);
    pass(200);
    expect(sent.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('may be flushed', async () => {
    const { playout, sent, pass } = stage();
    await playout.play('a', speech(200), never);
    playout.pause();
    expect(playout.flush('a')).toBe(60);
    playout.resume();
    pass(200);
    expect(sent.length).toBe(3);
  });
});

describe('a flush', () => {
  it('drops what waits, says what has left, and lets go of everybody who waits', async () => {
    const { playout, sent, pass } = stage();
    const given = playout.play('a', speech(3_000), never);
    const finished = playout.finish('a', never);
    pass(100);
    expect(playout.flush('a')).toBe(160);
    await Promise.all([given, finished]);
    pass(500);
    expect(sent.length).toBe(8);
    expect(playout.playedMs('a')).toBe(160);
  });

  it('is for good: what comes late of the turn is dropped', async () => {
    const { playout, sent, pass } = stage();
    playout.flush('a');
    await playout.play('a', speech(100), never);
    await playout.play('b', speech(20), never);
    pass(200);
    expect(sent.map(({ turnId }) => turnId)).toEqual(['b']);
  });

  it('of one turn leaves the others', async () => {
    const { playout, sent, pass } = stage();
    await playout.play('a', speech(100), never);
    await playout.play('b', speech(40), never);
    playout.flush('a');
    pass(200);
    expect(sent.map(({ turnId }) => turnId)).toEqual(['a', 'a', 'a', 'b', 'b']);
  });
});

describe('what was played', () => {
  it('does not hold what was dropped on its way out', async () => {
    const { playout, line, pass } = stage();
    await playout.play('a', speech(200), never);
    line.open = false;
    pass(40);
    line.open = true;
    pass(200);
    expect(playout.playedMs('a')).toBe(160);
  });

  it('is nothing of a turn nobody knows', () => {
    expect(stage().playout.playedMs('x')).toBe(0);
  });
});

it('a closed playout sends nothing more and keeps nobody waiting', async () => {
  const { playout, sent, pass } = stage();
  const given = playout.play('a', speech(3_000), never);
  const finished = playout.finish('a', never);
  playout.close();
  await Promise.all([given, finished, playout.play('a', speech(500), never), playout.finish('a', never)]);
  pass(500);
  expect(sent.length).toBe(3);
});
