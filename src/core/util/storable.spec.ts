import { describe, expect, it } from 'vitest';
import { storableJson, storableText } from './storable.js';

describe('storableText', () => {
  it.each([
    ['plain text', 'plain text'],
    ['日本語 🌱 e\u0301', '日本語 🌱 e\u0301'],
    ['a\0b\0', 'a\uFFFDb\uFFFD'],
    ['\uD83D', '\uFFFD'],
    ['\uDE00\uD83D', '\uFFFD\uFFFD'],
    ['\uD83D\uDE00', '😀'],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(storableText(text)).toBe(expected);
  });
});

describe('storableJson', () => {
  it.each([
    [undefined, null],
    [null, null],
    [{ a: ['x', 1, null, { b: true }] }, '{"a":["x",1,null,{"b":true}]}'],
    ['a\0', '"a\uFFFD"'],
    [{ a: ['\0', { b: '\uD800' }] }, '{"a":["\uFFFD",{"b":"\uFFFD"}]}'],
    [String.raw`\u0000 typed by hand`, String.raw`"\\u0000 typed by hand"`],
  ])('%j becomes %s', (value, expected) => {
    expect(storableJson(value)).toBe(expected);
  });

  // Bug: the replacer sees values only.
  it.each([{ 'a\0b': 1 }, { x: [{ '\uD800': 1 }] }])('cleans keys as well: %j', (value) => {
    expect(storableJson(value)).not.toMatch(/\\u(0000|d[89a-f])/i);
  });
});
