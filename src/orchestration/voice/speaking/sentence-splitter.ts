import { speakableText } from './speakable.js';

/** A piece of an answer that is spoken in one go. The sources of all pieces, put together, are the answer. */
export interface Sentence {
  source: string;
  /** Empty where there is nothing to say aloud. */
  spoken: string;
}

/** How long a text is to speak: a character of a script that writes words with one or two counts for two. */
const WIDE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu;
export const speechWeight = (text: string): number => text.length + (text.match(WIDE)?.length ?? 0);

/** The first thing said may be short, so that it comes soon; what follows, long enough to sound well. */
const LEAST_FIRST = 2;
const LEAST_FIRST_CLAUSE = 16;
const LEAST = 12;
const MOST = 240;

const CLOSERS = String.raw`["'”’»)\]}」』】〉》）*_]*`;
/** The end of a sentence: a wide mark at once, another where a space follows, or a new line. */
const SENTENCE_END = new RegExp(
  String.raw`(?:[。！？｡．]${CLOSERS}|[\p{Sentence_Terminal}…]+${CLOSERS}(?=\s)|\n)\s*`,
  'gu',
);
const CLAUSE_END = new RegExp(String.raw`(?:[，、；：]${CLOSERS}|[,;:—–]${CLOSERS}(?=\s))\s*`, 'gu');
const ABBREVIATION =
  /(?:^|[\s("'«“])(?:(?:Mr|Mrs|Ms|Mx|Dr|Prof|St|Sr|Jr|Rev|Gen|Capt|Lt|Sgt|vs|etc|approx|ca|cf|al|No|Nr|Vol|Fig|pp?|Ph\.D|e\.g|i\.e|a\.m|p\.m|z\.B|d\.h|u\.a|bzw|Hr|Fr)|\p{Lu}(?:\.\p{Lu})*)\.$/u;
const NUMBERED_LINE = /(?:^|\n)[ \t]*\d{1,3}\.$/;
const FENCE = /^[ \t]*(?:```|~~~)/;

const isFalseEnd = (before: string): boolean => ABBREVIATION.test(before) || NUMBERED_LINE.test(before);

/** Cuts a text that is still being written into pieces to speak. */
export class SentenceSplitter {
  private rest = '';
  private isFirst = true;
  private inFence = false;

  /** The pieces that `text` has made whole. */
  push(text: string): Sentence[] {
    this.rest += text;
    return [...this.cut(false)];
  }

  /** What is left. */
  end(): Sentence[] {
    const sentences = [...this.cut(true)];
    if (this.rest !== '') sentences.push(this.take(this.rest.length));
    return sentences;
  }

  private *cut(isWhole: boolean): Generator<Sentence> {
    for (let length = this.next(isWhole); length > 0; length = this.next(isWhole)) yield this.take(length);
  }

  private take(length: number): Sentence {
    const source = this.rest.slice(0, length);
    this.rest = this.rest.slice(length);
    const spoken = this.isCode(source) ? '' : speakableText(source);
    if (spoken !== '') this.isFirst = false;
    return { source, spoken };
  }

  /** A fenced block goes line by line, and is not spoken. */
  private isCode(source: string): boolean {
    const marksFence = FENCE.test(source);
    const isCode = this.inFence || marksFence;
    if (marksFence) this.inFence = !this.inFence;
    return isCode;
  }

  /** The length of the next piece; 0 where none is whole yet. */
  private next(isWhole: boolean): number {
    if (this.inFence || FENCE.test(this.rest)) return this.rest.indexOf('\n') + 1;
    // What follows a mark decides about it, and may not be there yet.
    const seen = isWhole ? this.rest : this.rest.slice(0, -1);
    const whole = this.find(SENTENCE_END, seen, this.isFirst ? LEAST_FIRST : LEAST);
    if (whole > 0 && speechWeight(this.rest.slice(0, whole)) <= MOST) return whole;
    const clause = this.isFirst ? this.find(CLAUSE_END, seen, LEAST_FIRST_CLAUSE) : 0;
    if (clause > 0) return clause;
    return speechWeight(this.rest) > MOST ? this.bounded() : 0;
  }

  private find(ends: RegExp, seen: string, least: number): number {
    for (const match of seen.matchAll(ends)) {
      const end = match.index + match[0].length;
      const before = this.rest.slice(0, end);
      const isLine = match[0].includes('\n');
      if (!isLine && isFalseEnd(before.trimEnd())) continue;
      // A fence begins a piece of its own, however short the one before it is.
      const beforeFence = isLine && FENCE.test(this.rest.slice(end));
      if (beforeFence || speechWeight(speakableText(before)) >= least) return end;
    }
    return 0;
  }

  /** Something endless is cut where it hurts least. */
  private bounded(): number {
    let room = this.rest.length;
    while (speechWeight(this.rest.slice(0, room)) > MOST) room = Math.floor(room * 0.9);
    const head = this.rest.slice(0, room);
    const clauses = [...head.matchAll(CLAUSE_END)].map((match) => match.index + match[0].length);
    const lastClause = clauses.at(-1) ?? 0;
    if (lastClause > room / 3) return lastClause;
    const space = head.search(/\s\S*$/) + 1;
    if (space > room / 3) return space;
    // Not within a character.
    return /[\uD800-\uDBFF]$/.test(head) ? room - 1 : room;
  }
}
