import { expect, it } from 'vitest';
import { WaitingSamples } from './waiting-samples.js';

const counting = (from: number, length: number) => Int16Array.from({ length }, (_, at) => from + at);

it('gives samples in order, whatever the pieces they come and go in', () => {
  const waiting = new WaitingSamples();
  const taken: number[] = [];
  for (let pushed = 0; pushed < 32_000; pushed += 320) {
    waiting.push(counting(pushed, 320));
    while (waiting.length >= 512) taken.push(...waiting.take(512));
  }
  taken.push(...waiting.take(512));
  expect(taken).toEqual([...counting(0, 32_000)]);
  expect(waiting.length).toBe(0);
});

it('keeps the last ones', () => {
  const waiting = new WaitingSamples();
  waiting.push(counting(0, 100));
  waiting.keepLast(200);
  expect(waiting.length).toBe(100);
  waiting.keepLast(3);
  expect([...waiting.take(9)]).toEqual([97, 98, 99]);
});

it('takes a piece that is longer than its room', () => {
  const waiting = new WaitingSamples();
  waiting.push(counting(0, 10));
  waiting.push(counting(10, 20_000));
  expect([...waiting.take(20_010)]).toEqual([...counting(0, 20_010)]);
});
