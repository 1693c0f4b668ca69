import { describe, expect, it } from 'vitest';
import { PlaybackQueue } from './playback-queue.js';

const full = 32_768;
const sound = (...values: number[]): Int16Array => Int16Array.from(values, (value) => value * (full / 8));

function pulled(queue: PlaybackQueue, length: number): number[] {
  const output = new Float32Array(length);
  queue.pull(output);
  return [...output].map((sample) => sample * 8);
}

describe(PlaybackQueue, () => {
  it('waits until there is enough, then plays all in order', () => {
    const queue = new PlaybackQueue(4);
    queue.push(sound(1, 2));
    expect(pulled(queue, 2)).toEqual([0, 0]);
    queue.push(sound(3, 4, 5));
    expect(pulled(queue, 3)).toEqual([1, 2, 3]);
    expect(pulled(queue, 3)).toEqual([4, 5, 0]);
  });

  it('plays what is too short to wait for', () => {
    const queue = new PlaybackQueue(4);
    queue.push(sound(1));
    expect(pulled(queue, 2)).toEqual([0, 0]);
    expect(pulled(queue, 2)).toEqual([1, 0]);
  });

  it('waits again after it ran dry', () => {
    const queue = new PlaybackQueue(2);
    queue.push(sound(1, 2));
    expect(pulled(queue, 2)).toEqual([1, 2]);
    queue.push(sound(3));
    expect(pulled(queue, 1)).toEqual([0]);
    queue.push(sound(4));
    expect(pulled(queue, 2)).toEqual([3, 4]);
  });

  it('forgets what was not heard', () => {
    const queue = new PlaybackQueue(2);
    queue.push(sound(1, 2, 3));
    expect(pulled(queue, 1)).toEqual([1]);
    queue.clear();
    expect(pulled(queue, 2)).toEqual([0, 0]);
    queue.push(sound(5, 6));
    expect(pulled(queue, 2)).toEqual([5, 6]);
  });

  it('takes nothing for nothing', () => {
    const queue = new PlaybackQueue(1);
    queue.push(sound());
    expect(pulled(queue, 1)).toEqual([0]);
  });
});
