import { describe, expect, it } from 'vitest';
import { exportText, inParts } from './export-document.js';

async function* of<Item>(...items: Item[]): AsyncGenerator<Item> {
  for (const item of items) yield item;
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

describe('exportText', () => {
  it('is JSON of head, sections and tail, the tail being asked last', async () => {
    const seen: string[] = [];
    const items = async function* () {
      yield { id: 1, text: 'a "quoted"\nline' };
      yield { id: 2, at: new Date(0) };
      seen.push('items');
    };
    const sections = [
      { name: 'things', items: items() },
      { name: 'none', items: of<object>() },
    ];
    const text = await textOf(
      exportText({ format: 'x', account: { a: 1 }, gone: undefined }, sections, () => ({ seen })),
    );
    expect(JSON.parse(text)).toEqual({
      format: 'x',
      account: { a: 1 },
      gone: null,
      things: [
        { id: 1, text: 'a "quoted"\nline' },
        { id: 2, at: '1970-01-01T00:00:00.000Z' },
      ],
      none: [],
      seen: ['items'],
    });
  });
});

describe('inParts', () => {
  it.each([
    [[], []],
    [['a'], ['a']],
    [
      ['aa', 'bb', 'c', 'dddddd', 'e'],
      ['aabb', 'cdddddd', 'e'],
    ],
  ])('joins %j to %j', async (chunks, parts) => {
    const made: string[] = [];
    for await (const part of inParts(of(...chunks.map((chunk) => Buffer.from(chunk))), 4)) made.push(part.toString());
    expect(made).toEqual(parts);
  });
});
