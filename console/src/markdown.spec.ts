import { describe, expect, it } from 'vitest';
import { type Block, type Inline, parseInline, parseMarkdown } from './markdown.js';

const SIGNS = { text: ['', ''], strong: ['<b>', '</b>'], em: ['<i>', '</i>'], code: ['<c>', '</c>'] } as const;
const show = (inlines: Inline[]): string =>
  inlines.map(({ kind, text }) => `${SIGNS[kind][0]}${text}${SIGNS[kind][1]}`).join('');

function outline(block: Block): string {
  if (block.kind === 'code') return `code:${block.text}`;
  if (block.kind === 'list') return `${block.ordered ? block.start : '-'}:${block.items.map(show).join('|')}`;
  return `${block.kind === 'heading' ? 'h' : 'p'}:${show(block.inlines)}`;
}

describe(parseInline, () => {
  it.each([
    ['plain', 'plain'],
    ['a **bold** word', 'a <b>bold</b> word'],
    ['*smiles* at you', '<i>smiles</i> at you'],
    ['run `npm **x**` now', 'run <c>npm **x**</c> now'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['a*b*c', 'a*b*c'],
    ['half **open', 'half **open'],
    ['** not bold **', '** not bold **'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['', ''],
  ])('%s', (text, expected) => {
    expect(show(parseInline(text))).toBe(expected);
  });
});

describe(parseMarkdown, () => {
  it.each<[string, string, string[]]>([
    ['paragraphs', 'one\ntwo\n\n\nthree', ['p:one\ntwo', 'p:three']],
    ['CRLF', 'one\r\n\r\ntwo', ['p:one', 'p:two']],
    ['a list after a line', 'Do:\n- a\n- **b**', ['p:Do:', '-:a|<b>b</b>']],
    ['a numbered list from 3', '3. a\n4) b', ['3:a|b']],
    ['an item that goes on', '- a\n  more\n- b', ['-:a\nmore|b']],
    ['headings', '## Title\ntext', ['h:Title', 'p:text']],
    ['code', 'x\n```js\n- a\n\nb\n```\ny', ['p:x', 'code:- a\n\nb', 'p:y']],
    ['code still streaming', '```\nlet a', ['code:let a']],
    ['a fence just opened', '```', ['code:']],
    ['a hash without a space', '#tag', ['p:#tag']],
    ['a dash inside a line', 'well - yes', ['p:well - yes']],
    ['nothing', '', []],
  ])('reads %s', (_name, text, blocks) => {
    expect(parseMarkdown(text).map(outline)).toEqual(blocks);
  });

  it('ends on any beginning of a text, as they come while streaming', () => {
    const text = '# A\n\n1. *b*\n   c\n- d\n```\ne\n```\n**f** `g`';
    for (let end = 0; end <= text.length; end += 1) {
      expect(Array.isArray(parseMarkdown(text.slice(0, end)))).toBe(true);
    }
  });
});
