import { expect, it } from 'vitest';
import { Framer } from './framer.js';

it.each([[[10]], [[3, 3, 4]], [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]], [[4, 6]], [[9, 1]]])(
  'cuts pieces of %j into frames of 4 and keeps the rest',
  (lengths) => {
    const frames: number[][] = [];
    const framer = new Framer(4, (frame) => frames.push([...frame]));
    let next = 0;
    for (const length of lengths) framer.push(Int16Array.from({ length }, () => next++));
    expect(frames).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
    framer.push(Int16Array.of(10, 11));
    expect(frames.at(-1)).toEqual([8, 9, 10, 11]);
  },
);

it('forgets what makes no frame yet when it is told to', () => {
  const frames: number[][] = [];
  const framer = new Framer(4, (frame) => frames.push([...frame]));
  framer.push(Int16Array.of(1, 2, 3));
  framer.clear();
  framer.push(Int16Array.of(5, 6, 7, 8));
  expect(frames).toEqual([[5, 6, 7, 8]]);
});
