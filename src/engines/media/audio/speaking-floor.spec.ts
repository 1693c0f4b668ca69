import { expect, it } from 'vitest';
import { SpeakingFloor } from './speaking-floor.js';

const loud = new Int16Array(320).fill(3_000);
const quiet = new Int16Array(320).fill(20);

/** `A` and `B` speak, `a` and `b` are silent; who of them is heard. */
function run(frames: string): string {
  const floor = new SpeakingFloor();
  return frames
    .split('')
    .filter((letter) => floor.admits(letter.toLowerCase(), letter === letter.toUpperCase() ? loud : quiet, false))
    .join('');
}

it.each([
  ['the one who began is heard, the other one not', 'AbABAbAB', 'AAAA'],
  [
    'the other one is heard as soon as the first has been silent for a while',
    `A${'a'.repeat(20)}BAB`,
    `A${'a'.repeat(20)}BB`,
  ],
  ['a short silence keeps the floor', `A${'a'.repeat(19)}BA`, `A${'a'.repeat(19)}A`],
  ['silence takes no floor', `A${'ab'.repeat(30)}`, `A${'a'.repeat(30)}`],
])('%s', (_, frames, heard) => {
  expect(run(frames)).toBe(heard);
});

it('who leaves leaves the floor', () => {
  const floor = new SpeakingFloor();
  floor.admits('a', loud, false);
  floor.leave('a');
  expect(floor.admits('b', quiet, false)).toBe(true);
});

it('who is alone is heard, loud or not', () => {
  const floor = new SpeakingFloor();
  floor.admits('a', loud, false);
  expect(floor.admits('b', quiet, true)).toBe(true);
});

it.each([
  ['nobody before there was a sound', 'aaa', null],
  ['whoever is loud', 'AA', 'a'],
  ['the same after a pause between words', `A${'a'.repeat(19)}`, 'a'],
  ['nobody after a longer one', `A${'a'.repeat(20)}`, null],
  ['the next one', `A${'a'.repeat(20)}B`, 'b'],
])('who speaks is %s', (_, frames, speaker) => {
  const floor = new SpeakingFloor();
  const isAlone = !/b/i.test(frames);
  for (const letter of frames)
    floor.admits(letter.toLowerCase(), letter === letter.toUpperCase() ? loud : quiet, isAlone);
  expect(floor.speaker).toBe(speaker);
});
