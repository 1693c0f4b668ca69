import { expect, it } from 'vitest';
import { HeardFrames } from './heard-frames.js';

const frame = (value: number, speakerId = 'ann') => ({ samples: Int16Array.of(value), sampleRate: 16_000, speakerId });

async function rest(frames: HeardFrames): Promise<number[]> {
  const values: number[] = [];
  for await (const { samples } of frames) values.push(samples[0] ?? NaN);
  return values;
}

it('hands on what was heard, in order, and ends', async () => {
  const frames = new HeardFrames(1_000);
  const reading = rest(frames);
  frames.push(frame(1));
  await Promise.resolve();
  frames.push(frame(2));
  frames.end();
  frames.push(frame(3));
  expect(await reading).toEqual([1, 2]);
});

it('forgets the oldest of more than may wait', async () => {
  const frames = new HeardFrames(60);
  for (const value of [1, 2, 3, 4, 5]) frames.push(frame(value));
  frames.end();
  expect(await rest(frames)).toEqual([3, 4, 5]);
});

it('forgets somebody when it is told to', async () => {
  const frames = new HeardFrames(1_000);
  frames.push(frame(1));
  frames.push(frame(2, 'bob'));
  frames.forget('ann');
  frames.push(frame(3));
  frames.end();
  expect(await rest(frames)).toEqual([2, 3]);
});
