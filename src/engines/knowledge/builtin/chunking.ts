import type { Block } from './reading/document-reader.js';

/** A piece of a document that is found and cited as one. */
export interface Chunk {
  /** The headings above it, outermost first. */
  headings: string[];
  page: number | null;
  text: string;
}

/** Tokens, roughly: large enough to answer a question, small enough that ten of them fit into a prompt. */
const TARGET = 280;
const MOST = 350;
/** Of the piece before, what is said again, so that a question about the seam finds both sides. */
const OVERLAP = 40;
const MOST_HEADINGS = 6;
const MOST_HEADING = 120;

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;
const LETTERS_A_TOKEN = 4;

/** A sentence with what closes it. A full stop within a number or a name ends none; a line break does. */
const SENTENCE =
  /(?:[^.!?。！？；…\n]|[.!?](?!["'”’)\]]*(?:\s|$)))*(?:[。！？；…]+["'”’」』）)]*|[.!?]["'”’)\]]*|\n|$)/gu;
const LETTER = /[\p{L}\p{N}]/u;

/** How many tokens a text is, within a fifth or so, at no cost. */
export function roughTokens(text: string): number {
  const unspaced = text.match(UNSPACED)?.length ?? 0;
  return unspaced + Math.ceil((text.length - unspaced) / LETTERS_A_TOKEN);
}

/** The pieces of a document, in order. The same blocks always give the same pieces. */
export function* chunksOf(blocks: readonly Block[]): Generator<Chunk> {
  if (blocks.every(({ level }) => level > 0)) {
    // A list of headings is a text, too.
    yield* sectionsOf(blocks.map((block) => ({ ...block, level: 0 })));
    return;
  }
  for (const chunk of sectionsOf(blocks)) if (LETTER.test(chunk.text)) yield chunk;
}

function* sectionsOf(blocks: readonly Block[]): Generator<Chunk> {
  const path: { level: number; text: string }[] = [];
  let section: Section | undefined;
  for (const { level, text, page } of blocks) {
    if (level > 0) {
      if (section) yield* section.end();
      section = undefined;
      while ((path.at(-1)?.level ?? 0) >= level) path.pop();
      path.push({ level, text: text.slice(0, MOST_HEADING).toWellFormed() });
      continue;
    }
    section ??= new Section(path.slice(-MOST_HEADINGS).map((heading) => heading.text));
    for (const piece of piecesOf(text)) yield* section.add(piece, page);
  }
  if (section) yield* section.end();
}

/** What stands under one heading, cut as it grows. */
class Section {
  private pieces: { text: string; tokens: number; page: number | null }[] = [];
  private tokens = 0;
  /** Whether it holds more than what the piece before has said. */
  private isFresh = false;

  constructor(private readonly headings: string[]) {}

  *add(text: string, page: number | null): Generator<Chunk> {
    const tokens = roughTokens(text);
    const isFull = this.tokens >= TARGET || this.tokens + tokens > MOST;
    if (this.isFresh && isFull) yield this.cut();
    // What is said again must not push the piece over its size.
    if (!this.isFresh && this.tokens + tokens > MOST) this.restart([]);
    this.pieces.push({ text, tokens, page });
    this.tokens += tokens;
    this.isFresh = true;
  }

  *end(): Generator<Chunk> {
    if (this.isFresh) yield this.cut();
  }

  private cut(): Chunk {
    const { headings, pieces } = this;
    const text = pieces
      .map((piece) => piece.text)
      .join('')
      .trim();
    const page = pieces.find((piece) => piece.page !== null)?.page ?? null;
    this.restart(this.lastWords());
    return { headings, page, text };
  }

  private lastWords(): Section['pieces'] {
    const last = this.pieces.at(-1);
    return last !== undefined && last.tokens <= OVERLAP ? [last] : [];
  }

  private restart(pieces: Section['pieces']): void {
    this.pieces = pieces;
    this.tokens = pieces.reduce((sum, piece) => sum + piece.tokens, 0);
    this.isFresh = false;
  }
}

/** A paragraph as it is, or its sentences, or what of a sentence fits. Nothing is lost between them. */
function* piecesOf(paragraph: string): Generator<string> {
  if (roughTokens(paragraph) <= OVERLAP) {
    yield `${paragraph}\n\n`;
    return;
  }
  for (const [sentence] of `${paragraph}\n\n`.matchAll(SENTENCE)) {
    if (sentence === '') continue;
    if (roughTokens(sentence) <= MOST) yield sentence;
    else yield* cuts(sentence);
  }
}

/** At spaces and commas where there are some. */
function* cuts(text: string): Generator<string> {
  let rest = text;
  while (roughTokens(rest) > MOST) {
    const share = Math.max(1, Math.floor((rest.length * TARGET) / roughTokens(rest)));
    const window = rest.slice(0, share);
    const at = Math.max(window.lastIndexOf(' '), window.lastIndexOf('，'), window.lastIndexOf('、')) + 1;
    const end = at > share / 2 ? at : whole(rest, share);
    yield rest.slice(0, end);
    rest = rest.slice(end);
  }
  yield rest;
}

/** Never within a surrogate pair. */
const whole = (text: string, end: number) =>
  end > 1 && text.charCodeAt(end - 1) >= 0xd8_00 && text.charCodeAt(end - 1) <= 0xdb_ff ? end - 1 : end;
