// @ts-check
import { lexer } from 'marked';
import { readHtml } from './read-html.mjs';
import { Blocks } from './refusal.mjs';

/** Keys that some tools put before the text. */
const FRONT_MATTER = /^---\r?\n[\s\S]{0,10000}?\r?\n---\r?\n/;

/** @typedef {import('marked').Token & { tokens?: import('marked').Token[] }} Token */

/**
 * The text by headings and paragraphs, without its marks.
 *
 * @param {string} markdown
 * @param {{ mostCharacters: number }} limits
 */
export function readMarkdown(markdown, { mostCharacters }) {
  const blocks = new Blocks(mostCharacters);
  for (const token of lexer(markdown.replace(FRONT_MATTER, ''))) addBlock(blocks, token, mostCharacters);
  return { title: '', blocks: blocks.list };
}

/** What is no text. */
const SILENT = new Set(['space', 'hr', 'def']);

/**
 * @param {Blocks} blocks
 * @param {Token} token
 * @param {number} mostCharacters
 */
function addBlock(blocks, token, mostCharacters) {
  if (SILENT.has(token.type)) return;
  if (token.type === 'heading') blocks.add(plain(token.tokens).replaceAll('\n', ' '), token['depth']);
  else if (token.type === 'html') addHtml(blocks, token.raw, mostCharacters);
  else if (token.type === 'blockquote') for (const inner of token.tokens ?? []) addBlock(blocks, inner, mostCharacters);
  else blocks.add(textOf(token));
}

/**
 * @param {Blocks} blocks
 * @param {string} html
 * @param {number} mostCharacters
 */
function addHtml(blocks, html, mostCharacters) {
  for (const { text, level } of readHtml(html, { mostCharacters }).blocks) blocks.add(text, level);
}

/** @param {Token} token */
function textOf(token) {
  if (token.type === 'list') return listText(token, '');
  if (token.type === 'table') return tableText(token);
  if (token.type === 'code') return String(token['text']);
  return token.tokens ? plain(token.tokens) : token.raw;
}

/**
 * @param {Token} list
 * @param {string} indent
 * @returns {string}
 */
function listText(list, indent) {
  const items = /** @type {Token[]} */ (list['items']);
  return items
    .map(({ tokens = [] }) => {
      const own = tokens.filter(({ type }) => type !== 'list');
      const nested = tokens.filter(({ type }) => type === 'list').map((inner) => `\n${listText(inner, `${indent}  `)}`);
      return `${indent}- ${plain(own).trim()}${nested.join('')}`;
    })
    .join('\n');
}

/** @param {Token} table */
function tableText(table) {
  /** @typedef {{ tokens: Token[] }} Cell */
  const rows = [/** @type {Cell[]} */ (table['header']), .../** @type {Cell[][]} */ (table['rows'])];
  return rows.map((cells) => cells.map(({ tokens }) => plain(tokens)).join(' | ')).join('\n');
}

/**
 * @param {readonly Token[] | undefined} tokens
 * @returns {string}
 */
function plain(tokens = []) {
  return tokens
    .map((token) => {
      if (token.type === 'br') return '\n';
      if (token.type === 'html') return '';
      if (token.tokens) return plain(token.tokens);
      return 'text' in token ? String(token.text) : token.raw;
    })
    .join('');
}
