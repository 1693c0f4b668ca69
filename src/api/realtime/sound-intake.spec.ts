import { describe, expect, it } from 'vitest';
import { SoundIntake } from './sound-intake.js';

const SECOND = 96_000;
const LARGEST = 262_144;

describe('the sound that a socket gives', () => {
  it.each([
    ['text', 'AAAA', 'VALIDATION_FAILED'],
    ['nothing', undefined, 'VALIDATION_FAILED'],
    ['a list', [1, 2], 'VALIDATION_FAILED'],
    ['too much for one message', Buffer.alloc(LARGEST + 2), 'VALIDATION_BODY_TOO_LARGE'],
  ])('is not %s', (_, given, code) => {
    expect(() => new SoundIntake(0).check(given, 0)).toThrow(expect.objectContaining({ code }));
  });

  it('may be a minute at once, and then twice as fast as it was said', () => {
    const intake = new SoundIntake(0);
    const taken = (bytes: number, now: number) => {
      try {
        return intake.check(Buffer.alloc(bytes), now).length;
      } catch {
        return 0;
      }
    };
    const minute = Array.from({ length: 60 }, () => taken(SECOND, 0));
    expect(minute.every((bytes) => bytes === SECOND)).toBe(true);
    expect(taken(SECOND, 0)).toBe(0);
    expect([taken(SECOND, 1000), taken(SECOND, 1000), taken(SECOND, 1000)]).toEqual([SECOND, SECOND, 0]);
  });
});
