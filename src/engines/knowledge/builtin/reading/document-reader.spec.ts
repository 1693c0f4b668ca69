import { describe, expect, it } from 'vitest';
import { pdfOf } from '../../../../../test/factories/pdf.js';
import type { DocumentType } from '../../../../core/domain/document.js';
import { type Block, DocumentReader } from './document-reader.js';

const signal = new AbortController().signal;
const reader = new DocumentReader({ mostCharacters: 5000, mostPages: 3, milliseconds: 20_000 });

const read = (body: string | Buffer, contentType: DocumentType, limited = reader) =>
  limited.read(Buffer.from(body), contentType, signal);
const linesOf = (blocks: readonly Block[]) => blocks.map(({ level, text }) => (level > 0 ? `${level} ${text}` : text));
const refusalOf = async (body: string | Buffer, contentType: DocumentType, limited = reader) =>
  read(body, contentType, limited).then(
    () => 'was read',
    ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
  );

describe('a plain text', () => {
  it('is its paragraphs, without a byte order mark', async () => {
    const { title, blocks } = await read('\uFEFFOne\r\nline.\r\n\r\n  \nTwo.\n', 'text/plain');
    expect([title, linesOf(blocks)]).toEqual(['', ['One\nline.', 'Two.']]);
  });
});

describe('Markdown', () => {
  it.each<[string, string, string[]]>([
    ['headings', '# Top\n\ntext\n\nSub\n---\n', ['1 Top', 'text', '2 Sub']],
    [
      'marks',
      'A **bold** _word_, `code`, [a link](http://x.y) and ![a picture](z.png).',
      ['A bold word, code, a link and a picture.'],
    ],
    ['lists', '- one\n- two\n  - three\n', ['- one\n- two\n  - three']],
    ['tables', '| a | b |\n|---|---|\n| 1 | *2* |\n', ['a | b\n1 | 2']],
    ['code', '```js\n# no heading\n```', ['# no heading']],
    ['quotes', '> # Said\n> so', ['1 Said', 'so']],
    ['HTML within', '<div><h2>Head</h2><script>no()</script>text</div>', ['2 Head', 'text']],
    ['front matter', '---\ntitle: x\n---\nText', ['Text']],
    ['Chinese', '# 退货\n\n七天内可以退货。', ['1 退货', '七天内可以退货。']],
  ])('%s', async (_name, text, lines) => {
    expect(linesOf((await read(text, 'text/markdown')).blocks)).toEqual(lines);
  });
});

describe('HTML', () => {
  it.each<[string, string, string[]]>([
    ['headings and paragraphs', '<h1>Top</h1><p>One\n  <b>two</b>.<p>Three', ['1 Top', 'One two.', 'Three']],
    ['what is not shown', '<style>a{}</style><script>b()</script><nav>Home</nav><p hidden>c<p>d', ['d']],
    ['entities', '<p>caf&eacute; &lt;b&gt; &#x4f60;', ['café <b> 你']],
    ['lists and tables', '<ul><li>a<li>b</ul><table><tr><td>1<td>2</table>', ['- a', '- b', '1 | 2']],
    ['line breaks and code', 'a<br>b<pre>x\n  y</pre>', ['a\nb', 'x\n  y']],
    ['what never ends', '<div><p>a<b', ['a']],
  ])('%s', async (_name, text, lines) => {
    expect(linesOf((await read(text, 'text/html')).blocks)).toEqual(lines);
  });

  it('tells its title', async () => {
    expect((await read('<title>The\n shop</title><p>x', 'text/html')).title).toBe('The shop');
  });

  it('may be nested deeply', async () => {
    expect(linesOf((await read(`${'<div>'.repeat(10_000)}deep`, 'text/html')).blocks)).toEqual(['deep']);
  });
});

describe('a PDF', () => {
  it('is read by pages, its large lines as headings, its paragraphs put together', async () => {
    const pages = [
      [
        { text: 'The manual', size: 22 },
        { text: 'The first line goes on in the' },
        { text: 'second, and is hyphen-' },
        { text: 'ated.' },
        { text: '1' },
      ],
      [{ text: 'Returns', size: 14 }, { text: 'Within 30 days.' }, { text: '2' }],
    ];
    const { blocks } = await read(pdfOf(pages), 'application/pdf');
    expect(blocks).toEqual([
      { level: 1, text: 'The manual', page: 1 },
      { level: 0, text: 'The first line goes on in the second, and is hyphenated.', page: 1 },
      { level: 2, text: 'Returns', page: 2 },
      { level: 0, text: 'Within 30 days.', page: 2 },
    ]);
  });

  it('may be Chinese, in a font that it does not contain', async () => {
    const { blocks } = await read(
      pdfOf([[{ text: '商品签收后七天内可以' }, { text: '无理由退货。' }]]),
      'application/pdf',
    );
    expect(linesOf(blocks)).toEqual(['商品签收后七天内可以无理由退货。']);
  });

  it.each<[string, Buffer, RegExp]>([
    ['is encrypted', pdfOf([[{ text: 'secret' }]], { encrypted: true }), /encrypted/],
    ['holds no text', pdfOf([[]]), /scan/],
    ['is damaged', Buffer.from('%PDF-1.4\nnothing of it'), /damaged/],
    ['has too many pages', pdfOf(Array.from({ length: 4 }, () => [{ text: 'x' }])), /more than 3 pages/],
    [
      'is too long',
      pdfOf(Array.from({ length: 3 }, () => Array.from({ length: 40 }, () => ({ text: 'x'.repeat(60) })))),
      /more than 5000 characters/,
    ],
  ])('is refused where it %s', async (_name, body, why) => {
    const refusal = await refusalOf(body, 'application/pdf');
    expect(refusal).toMatch(/^VALIDATION_DOCUMENT: /);
    expect(refusal).toMatch(why);
  });
});

describe('a document', () => {
  it.each<[DocumentType, string]>([
    ['text/plain', 'x'.repeat(6000)],
    ['text/markdown', 'x'.repeat(6000)],
    ['text/html', `<p>${'x'.repeat(6000)}`],
  ])('of %s may not be too long', async (contentType, body) => {
    expect(await refusalOf(body, contentType)).toMatch(/more than 5000 characters/);
  });

  it.each<DocumentType>(['text/plain', 'text/markdown', 'text/html'])('of %s must hold a text', async (contentType) => {
    expect(await refusalOf(' \n ', contentType)).toMatch(/holds no text/);
  });

  it('is not read for longer than it may take', async () => {
    const hasty = new DocumentReader({ mostCharacters: 5000, mostPages: 3, milliseconds: 1 });
    expect(await refusalOf('<p>x', 'text/html', hasty)).toMatch(/takes too long/);
  });

  it('is not read on for a caller who has left', async () => {
    const gone = AbortSignal.abort(new Error('left'));
    await expect(reader.read(Buffer.from('<p>x'), 'text/html', gone)).rejects.toThrow('left');
  });
});
