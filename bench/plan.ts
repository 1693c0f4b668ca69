import { crc32 } from 'node:zlib';

// What the bench asks its provider for, and what it finds again in the answer: every piece of text says which it is, when
// it was sent, and how long the provider had taken by then. So one look at an answer tells what was added on the way.

/** How an answer is to be streamed; it travels as the text of the question. */
export interface AnswerPlan {
  chunks: number;
  /** Milliseconds from the question to the first piece, and between pieces. */
  firstMs: number;
  gapMs: number;
  /** Length of each piece at least. */
  bytes: number;
}

const QUESTION = /^plan (\d+) (\d+) (\d+) (\d+) /;

/** The number makes each question another one: nothing is found in a cache. */
export const question = ({ chunks, firstMs, gapMs, bytes }: AnswerPlan, number: number): string =>
  `plan ${chunks} ${firstMs} ${gapMs} ${bytes} I walked along river number ${number} this morning and saw a heron.`;

export function planOf(text: string): AnswerPlan | undefined {
  const [, chunks, firstMs, gapMs, bytes] = QUESTION.exec(text)?.map(Number) ?? [];
  if (chunks === undefined || firstMs === undefined || gapMs === undefined || bytes === undefined) return undefined;
  return { chunks, firstMs, gapMs, bytes };
}

/** Milliseconds since 1970, finer than Date. */
export const now = (): number => performance.timeOrigin + performance.now();

/** `spentMs`: since the provider had the question. `sum`: of all pieces before this one. */
export function piece(at: number, sentAt: number, spentMs: number, sum: number, bytes: number): string {
  const head = `${at}:${sentAt.toFixed(3)}:${spentMs.toFixed(3)}:${sum};`;
  return head.padEnd(bytes, 'x');
}

export const addTo = (sum: number, text: string): number => crc32(text, sum);

const PIECE = /(\d+):([\d.]+):([\d.]+):(\d+);x*/y;

export interface Arrived {
  at: number;
  sentAt: number;
  spentMs: number;
  arrivedAt: number;
}

/** Takes the text of an answer apart as it comes, and counts what is not as it was sent. */
export class AnswerCheck {
  readonly arrived: Arrived[] = [];
  /** Pieces that were not the next one, or whose predecessors had another sum. */
  broken = 0;
  private sum = 0;

  take(text: string, arrivedAt: number): void {
    let read = 0;
    while (read < text.length) {
      PIECE.lastIndex = read;
      const found = PIECE.exec(text);
      if (!found) {
        this.broken += 1;
        return;
      }
      const [whole, at, sentAt, spentMs, sum] = found;
      if (Number(at) !== this.arrived.length || Number(sum) !== this.sum) this.broken += 1;
      this.sum = addTo(this.sum, whole);
      this.arrived.push({ at: Number(at), sentAt: Number(sentAt), spentMs: Number(spentMs), arrivedAt });
      read = PIECE.lastIndex;
    }
  }
}
