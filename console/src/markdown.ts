/** A small, safe part of Markdown as data. Whatever is not understood stays as the text it was. */

export interface Inline {
  kind: 'text' | 'strong' | 'em' | 'code';
  text: string;
}

export type Block =
  | { kind: 'paragraph'; inlines: Inline[] }
  | { kind: 'heading'; inlines: Inline[] }
  | { kind: 'list'; ordered: boolean; start: number; items: Inline[][] }
  | { kind: 'code'; text: string };

const INLINE = /(`[^`\n]+`)|(\*\*(?=\S)[^\n]+?\*\*)|((?<![\w*])\*(?=[^\s*])[^*\n]*[^\s*]\*(?![\w*]))/g;
const FENCE = /^\s{0,3}```/;
const BULLET = /^\s{0,6}[-*•]\s+(.*)$/;
const NUMBER = /^\s{0,6}(\d{1,4})[.)]\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;

export function parseInline(text: string): Inline[] {
  const inlines: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) inlines.push({ kind: 'text', text: text.slice(from, match.index) });
    inlines.push(marked(match[0]));
    from = match.index + match[0].length;
  }
  if (from < text.length) inlines.push({ kind: 'text', text: text.slice(from) });
  return inlines;
}

function marked(found: string): Inline {
  if (found.startsWith('`')) return { kind: 'code', text: found.slice(1, -1) };
  if (found.startsWith('**')) return { kind: 'strong', text: found.slice(2, -2) };
  return { kind: 'em', text: found.slice(1, -1) };
}

/** Each reader takes the lines from `at` that are its own and says how many they were; 0 when none are. */
type Reader = (lines: string[], at: number) => { block: Block; taken: number } | null;

const lineAt = (lines: string[], at: number): string => lines[at] ?? '';

const readCode: Reader = (lines, at) => {
  if (!FENCE.test(lineAt(lines, at))) return null;
  const close = lines.findIndex((line, index) => index > at && FENCE.test(line));
  // Still streaming: the closing fence is on its way.
  const end = close < 0 ? lines.length : close;
  return { block: { kind: 'code', text: lines.slice(at + 1, end).join('\n') }, taken: end - at + 1 };
};

const readHeading: Reader = (lines, at) => {
  const match = HEADING.exec(lineAt(lines, at));
  return match ? { block: { kind: 'heading', inlines: parseInline(match[1] ?? '') }, taken: 1 } : null;
};

function listReader(ordered: boolean): Reader {
  const pattern = ordered ? NUMBER : BULLET;
  return (lines, at) => {
    const first = pattern.exec(lineAt(lines, at));
    if (!first) return null;
    const items: string[] = [];
    let next = at;
    for (; next < lines.length; next += 1) {
      const item = pattern.exec(lineAt(lines, next));
      if (item) items.push(item.at(-1) ?? '');
      else if (/^\s+\S/.test(lineAt(lines, next))) items.push(`${items.pop() ?? ''}\n${lineAt(lines, next).trim()}`);
      else break;
    }
    const start = ordered ? Number(first[1]) : 1;
    return { block: { kind: 'list', ordered, start, items: items.map(parseInline) }, taken: next - at };
  };
}

const special: Reader[] = [readCode, readHeading, listReader(false), listReader(true)];

const readSpecial: Reader = (lines, at) => {
  for (const reader of special) {
    const found = reader(lines, at);
    if (found) return found;
  }
  return null;
};

const readParagraph = (lines: string[], at: number): { block: Block; taken: number } => {
  let end = at + 1;
  while (end < lines.length && lineAt(lines, end).trim() !== '' && !readSpecial(lines, end)) end += 1;
  return { block: { kind: 'paragraph', inlines: parseInline(lines.slice(at, end).join('\n')) }, taken: end - at };
};

export function parseMarkdown(text: string): Block[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    if (lineAt(lines, at).trim() === '') {
      at += 1;
      continue;
    }
    const { block, taken } = readSpecial(lines, at) ?? readParagraph(lines, at);
    blocks.push(block);
    at += taken;
  }
  return blocks;
}
