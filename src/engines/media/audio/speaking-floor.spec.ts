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
