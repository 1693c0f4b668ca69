// @ts-check
import { Parser } from 'htmlparser2';
import { Blocks } from './refusal.mjs';

/** What is no text of the document. */
const SKIPPED = new Set(
  'script style noscript template svg math iframe object canvas nav button select textarea audio video'.split(' '),
);
/** Begin and end a block. */
const BLOCK = new Set(
  (
    'address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form ' +
    'h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol p pre section summary table tbody tfoot thead tr ul'
  ).split(' '),
);
/** What stands for a tag in the text. */
const BEFORE = new Map([
  ['br', '\n'],
  ['li', '- '],
  ['td', ' | '],
  ['th', ' | '],
]);
const CELL = new Set(['td', 'th']);
const HEADING = /^h([1-6])$/;

/**
 * The text of a page by headings and paragraphs. A stream of tags, no tree: nesting costs nothing.
 *
 * @param {string} html
 * @param {{ mostCharacters: number }} limits
 */
export function readHtml(html, { mostCharacters }) {
  const blocks = new Blocks(mostCharacters);
  let title = '';
  let text = '';
  let level = 0;
  /** Depth within what is skipped, within <pre> and within <title>. */
  const depth = { skipped: 0, pre: 0, title: 0 };

  let isPreformatted = false;

  const flush = () => {
    const tidy = isPreformatted ? text : text.replaceAll(/ *\n */g, '\n').replaceAll(/ {2,}/g, ' ');
    blocks.add(tidy, level);
    text = '';
    isPreformatted = depth.pre > 0;
  };

  /** @type {(name: string, attributes: Record<string, string>) => boolean} */
  const isSkipped = (name, attributes) => depth.skipped > 0 || SKIPPED.has(name) || 'hidden' in attributes;

  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (isSkipped(name, attributes)) {
          depth.skipped++;
          return;
        }
        if (name === 'pre') depth.pre++;
        if (BLOCK.has(name)) flush();
        level = Number(HEADING.exec(name)?.[1] ?? level);
        if (name === 'title') depth.title++;
        // Between two cells, and before none.
        text += text === '' && CELL.has(name) ? '' : (BEFORE.get(name) ?? '');
      },
      ontext(data) {
        if (depth.skipped > 0) return;
        if (depth.title > 0) title += data;
        else text += depth.pre > 0 ? data : data.replaceAll(/\s+/g, ' ');
      },
      onclosetag(name) {
        if (depth.skipped > 0) {
          depth.skipped--;
          return;
        }
        if (name === 'pre') depth.pre--;
        if (BLOCK.has(name)) flush();
        if (HEADING.test(name)) level = 0;
        else if (name === 'title') depth.title--;
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  );
  parser.end(html);
  flush();
  return { title: title.replaceAll(/\s+/g, ' ').trim(), blocks: blocks.list };
}
