import { describe, expect, it } from 'vitest';
import { hasMoreParts, verifyParts } from './json-structure.js';

describe('hasMoreParts', () => {
  it.each([
    ['{}', 1],
    ['[{},{},{}]', 6],
    ['{"a":1}', 3],
    ['{"a":"b,{[:"}', 4],
    ['["\\"", 1]', 3],
    ['["\\\\", 1]', 3],
    ['["a\\\\\\",,,", 1]', 3],
    ['["\\u0022,,"]', 2],
    ['["é∀𝄞,,"]', 2],
    ['"no end ,,,', 1],
    ['"no end \\', 1],
    ['', 0],
  ])('%s has %i', (json, parts) => {
    const bytes = Buffer.from(json);
    expect([hasMoreParts(bytes, parts), parts > 0 && hasMoreParts(bytes, parts - 1)]).toEqual([false, parts > 0]);
  });
});

describe('verifyParts', () => {
  const verify = (body: string, charset = 'utf-8') => verifyParts({} as never, {} as never, Buffer.from(body), charset);
  const pictures = `["${'x'.repeat(1_100_000)}"]`;
  const tiny = `[${'{},'.repeat(400_000)}{}]`;

  it('lets a large text pass, and a small body whatever it holds', () => {
    expect(() => {
      verify(pictures);
      verify(tiny.slice(-900_000), 'utf-16');
    }).not.toThrow();
  });

  it.each([
    ['of tiny objects', tiny, 'utf-8', 'parts.too.many'],
    ['in UTF-16, where other characters look like quotes', pictures, 'utf-16', 'charset.unsupported'],
  ])('refuses a large body %s', (_, body, charset, type) => {
    expect(() => verify(body, charset)).toThrow(expect.objectContaining({ type }));
  });
});
