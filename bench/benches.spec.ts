import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { BENCHES, wishOf } from './benches.js';

const namesOf = (...words: string[]) => wishOf(words).benches.map(({ name }) => name);

describe('what npm run bench is asked for', () => {
  it('runs all in their short size, and more in full', () => {
    expect(namesOf()).not.toContain('voice-sequence');
    expect(namesOf('--full')).toEqual(BENCHES.map(({ name }) => name));
    expect(wishOf(['--full']).isFull).toBe(true);
  });

  it('runs those that are named', () => {
    expect(namesOf('sse', 'chat')).toEqual(['chat', 'sse']);
    expect(namesOf('voice-sequence')).toEqual(['voice-sequence']);
  });

  it('hands options to the one that is named', () => {
    expect(wishOf(['voice', '--callers', '1,2'])).toMatchObject({ args: ['--callers', '1,2'], isFull: false });
    expect(() => wishOf(['voice', 'rtp', '--callers', '1,2'])).toThrow(/belongs to one bench/);
  });

  it('says which there are', () => {
    expect(() => wishOf(['chta'])).toThrow(/no bench "chta"\. There are: start, chat/);
  });

  it.each(BENCHES)('has the script of $name', ({ script }) => {
    expect(existsSync(path.join(import.meta.dirname, script))).toBe(true);
  });
});
