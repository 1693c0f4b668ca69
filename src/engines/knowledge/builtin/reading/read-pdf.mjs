// @ts-check
import { fileURLToPath } from 'node:url';
import { getDocument, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { Blocks, Refusal } from './refusal.mjs';

/** Fonts of older Chinese, Japanese and Korean files name their letters by these tables. */
const CMAPS = fileURLToPath(new URL('cmaps/', import.meta.resolve('pdfjs-dist/package.json')));
const FONTS = fileURLToPath(new URL('standard_fonts/', import.meta.resolve('pdfjs-dist/package.json')));

/** So much larger than the body are headings, at least; and those of the first level. */
const HEADING = 1.15;
const TOP_HEADING = 1.5;
const LONGEST_HEADING = 150;
/** A gap of so many lines begins a paragraph. */
const PARAGRAPH_GAP = 1.6;

/** @typedef {{ text: string, size: number, y: number, page: number }} Line */

/**
 * The text of a PDF by pages and paragraphs; large letters are headings. Pictures are not read.
 *
 * @param {Uint8Array} data
 * @param {{ mostCharacters: number, mostPages: number }} limits
 */
export async function readPdf(data, { mostCharacters, mostPages }) {
  const pdf = await open(data);
  if (pdf.numPages > mostPages) throw new Refusal('too-many-pages');
  /** @type {Line[]} */
  const lines = [];
  let characters = 0;
  for (let page = 1; page <= pdf.numPages; page++) {
    for (const line of await linesOf(pdf, page)) {
      characters += line.text.length;
      if (characters > mostCharacters) throw new Refusal('too-long');
      lines.push(line);
    }
  }
  return { title: await titleOf(pdf), blocks: blocksOf(lines, mostCharacters) };
}

/** @param {Uint8Array} data */
async function open(data) {
  const options = {
    data,
    cMapUrl: CMAPS,
    cMapPacked: true,
    standardFontDataUrl: FONTS,
    isEvalSupported: false,
    useSystemFonts: false,
    disableFontFace: true,
    enableXfa: false,
    verbosity: VerbosityLevel.ERRORS,
  };
  try {
    return await getDocument(options).promise;
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException';
    throw new Refusal(isLocked ? 'encrypted' : 'malformed');
  }
}

/** @param {Awaited<ReturnType<typeof open>>} pdf */
async function titleOf(pdf) {
  const { info } = await pdf.getMetadata().catch(() => ({ info: {} }));
  const title = /** @type {{ Title?: unknown }} */ (info).Title;
  return typeof title === 'string' ? title.trim() : '';
}

/**
 * @param {Awaited<ReturnType<typeof open>>} pdf
 * @param {number} number
 * @returns {Promise<Line[]>}
 */
async function linesOf(pdf, number) {
  const page = await pdf.getPage(number);
  const { items } = await page.getTextContent();
  page.cleanup();
  /** @type {Line[]} */
  const lines = [];
  let line = { text: '', size: 0, y: 0, page: number };
  for (const item of items) {
    if (!('str' in item)) continue;
    if (item.str.trim() !== '' && line.text.trim() === '') line.y = item.transform[5];
    line.text += item.str;
    if (item.str.trim() !== '') line.size = Math.max(line.size, item.height);
    if (!item.hasEOL) continue;
    lines.push(line);
    line = { text: '', size: 0, y: 0, page: number };
  }
  lines.push(line);
  const filled = lines.filter(({ text }) => text.trim() !== '');
  // The number of the page is no text of the document.
  return filled.filter(
    ({ text }, at) => !((at === 0 || at === filled.length - 1) && /^\s*[-–]?\s*\d{1,4}\s*[-–]?\s*$/.test(text)),
  );
}

/**
 * @param {readonly Line[]} lines
 * @param {number} mostCharacters
 */
function blocksOf(lines, mostCharacters) {
  // Room for what joins lines.
  const blocks = new Blocks(mostCharacters + lines.length);
  const body = bodySize(lines);
  /** @type {Line | undefined} */
  let before;
  let paragraph = '';
  let page = 1;
  const flush = () => {
    blocks.add(paragraph, before === undefined ? 0 : levelOf(before.size, body, paragraph), page);
    paragraph = '';
  };
  for (const line of lines) {
    if (before !== undefined && startsAnew(line, before)) flush();
    if (paragraph === '') page = line.page;
    paragraph = joined(paragraph, line.text.replaceAll(/\s+/g, ' ').trim());
    before = line;
  }
  flush();
  return blocks.list;
}

/**
 * The size that most letters have.
 *
 * @param {readonly Line[]} lines
 */
function bodySize(lines) {
  /** @type {Map<number, number>} */
  const sizes = new Map();
  for (const { size, text } of lines) {
    const rounded = Math.round(size * 2) / 2;
    sizes.set(rounded, (sizes.get(rounded) ?? 0) + text.length);
  }
  return [...sizes].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

/**
 * @param {number} size
 * @param {number} body
 * @param {string} text
 */
function levelOf(size, body, text) {
  if (body === 0 || size < body * HEADING || text.length > LONGEST_HEADING) return 0;
  return size >= body * TOP_HEADING ? 1 : 2;
}

/**
 * A paragraph goes on over the end of a page only where its last line ends no sentence.
 *
 * @param {Line} line
 * @param {Line} before
 */
function startsAnew(line, before) {
  const larger = Math.max(line.size, before.size, 1);
  if (Math.abs(line.size - before.size) > larger * 0.1) return true;
  if (line.page !== before.page) return /[.!?。！？:：]["'”’)）]?\s*$/.test(before.text);
  const gap = before.y - line.y;
  return gap > larger * PARAGRAPH_GAP || gap < -larger;
}

/**
 * @param {string} text
 * @param {string} next
 */
function joined(text, next) {
  if (text === '') return next;
  if (/\p{L}-$/u.test(text) && /^\p{Ll}/u.test(next)) return text.slice(0, -1) + next;
  const isUnspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}，。、；：！？）」』]$/u.test(text);
  return isUnspaced && /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}（「『]/u.test(next)
    ? text + next
    : `${text} ${next}`;
}
