import {
  ADDRESS_SIGN,
  ASKS,
  CHARACTER_SIGN,
  DAY_SIGN,
  ENDS_ASKING_MARK,
  MARK_SIGN,
  SPEAKER_SIGN,
} from './recall-outline.js';
import type { RecallQuery } from './recall-query.js';

/** What is known of a memory before its text is read. */
export interface OutlinedMemory {
  id: string;
  sessionId: string | null;
  /** Who said it. */
  role: 'user' | 'companion';
  createdAt: Date;
  outline: string;
}

/** A memory as one query sees it. */
export interface ReadMemory {
  memory: OutlinedMemory;
  /** By name, where the text begins with one. */
  speaker: string | null;
  onlyAsks: boolean;
  /** What comes next answers it. */
  endsAsking: boolean;
  /** When it was said, in milliseconds of the epoch: as its text tells, or else as it was kept. */
  saidAt: number;
  couldAnswer: boolean;
  /** In terms. */
  length: number;
  /** How often it has each of the query's terms; null where it has none. */
  hits: Map<string, number> | null;
}

export interface Reading {
  memories: ReadMemory[];
  /** How many memories have each of the query's terms. */
  holders: Map<string, number>;
  /** How often either side calls the other by a term. */
  calls: Map<string, Record<OutlinedMemory['role'], number>>;
  /** How many memories begin with each name. */
  speakers: Map<string, number>;
}

/** Reads outlines once for all that a ranking asks of them: there may be ten thousand. */
export function readMemories(memories: readonly OutlinedMemory[], query: RecallQuery): Reading {
  const terms = query.groups.flatMap(({ alternatives }) => [...alternatives.keys()]);
  const holders = new Map(terms.map((term) => [term, 0]));
  const shapes = shapesOf(terms);
  const reading: Reading = { memories: [], holders, calls: new Map(), speakers: new Map() };
  for (const memory of memories) {
    const read = readMemory(memory, query, reading, shapes);
    reading.memories.push(read);
    if (read.speaker !== null) reading.speakers.set(read.speaker, (reading.speakers.get(read.speaker) ?? 0) + 1);
    for (const term of read.hits?.keys() ?? []) holders.set(term, (holders.get(term) ?? 0) + 1);
  }
  return reading;
}

function readMemory(memory: OutlinedMemory, { asked }: RecallQuery, reading: Reading, shapes: Uint8Array): ReadMemory {
  const read: ReadMemory = {
    memory,
    speaker: null,
    onlyAsks: false,
    endsAsking: false,
    saidAt: memory.createdAt.getTime(),
    couldAnswer: false,
    length: 0,
    hits: null,
  };
  const { outline } = memory;
  for (let from = 0, end = 0; from < outline.length; from = end + 1) {
    end = outline.indexOf(' ', from);
    if (end === -1) end = outline.length;
    const sign = outline[from];
    if (sign === SPEAKER_SIGN) read.speaker = outline.slice(from + 1, end);
    else if (sign === MARK_SIGN) readMark(read, outline.slice(from, end), asked);
    else if (sign === DAY_SIGN) read.saidAt = dayAt(outline.slice(from + 1, end), read.saidAt);
    else if (sign === ASKS) read.onlyAsks = read.endsAsking = true;
    else {
      if (sign !== CHARACTER_SIGN) read.length += 1;
      // Most words are told from the query's by their ends and length, without being cut out.
      const start = isSigned(sign) ? from + 1 : from;
      if (shapes[shapeOf(outline, start, end)] === 1) readTerm(read, outline.slice(start, end), sign, reading);
    }
  }
  return read;
}

function readMark(read: ReadMemory, mark: string, asked: string | undefined): void {
  if (mark === ENDS_ASKING_MARK) read.endsAsking = true;
  else read.couldAnswer ||= mark === asked;
}

/** A day that was also given as the time of keeping keeps its hour. */
function dayAt(day: string, keptAt: number): number {
  const at = Date.parse(day);
  return Number.isNaN(at) || (keptAt >= at && keptAt < at + DAY_MS) ? keptAt : at;
}

function readTerm(read: ReadMemory, term: string, sign: string | undefined, { holders, calls }: Reading): void {
  if (!holders.has(term)) return;
  read.hits ??= new Map();
  read.hits.set(term, (read.hits.get(term) ?? 0) + 1);
  if (sign === ADDRESS_SIGN) countCall(calls, term, read.memory.role);
}

const DAY_MS = 24 * 3600 * 1000;
const SHAPES = 8192;

/** By shape, 1 where one of the terms has it. */
export function shapesOf(terms: Iterable<string>): Uint8Array {
  const shapes = new Uint8Array(SHAPES);
  for (const term of terms) shapes[shapeOf(term, 0, term.length)] = 1;
  return shapes;
}

/** A number for the first and last character and the length of a word in a text; others may have the same. */
export function shapeOf(text: string, start: number, end: number): number {
  return (text.charCodeAt(start) * 97 + text.charCodeAt(end - 1) * 31 + end - start) % SHAPES;
}

const isSigned = (sign: string | undefined) => sign === ADDRESS_SIGN || sign === CHARACTER_SIGN;

function countCall(calls: Reading['calls'], term: string, role: OutlinedMemory['role']): void {
  const count = calls.get(term) ?? { user: 0, companion: 0 };
  count[role] += 1;
  calls.set(term, count);
}
