import { marksOf } from './answer-kinds.js';
import { termsOf } from './recall-terms.js';

/** "Nora: I handed in my notice", as a conversation that was brought in from elsewhere has it. */
const SPEAKER =
  /^\s*(?:[[(][^\])]{1,40}[\])]\s*)?([\p{Lu}\p{Lo}][\p{L}\p{M}'’.-]*(?: [\p{L}\p{M}'’.-]+){0,2})\s*[:：]\s/u;
/** A name by which somebody is spoken to stands alone between marks: "Hi Nora!", "…, Nora?" */
const ADDRESS =
  /(?:^|[,!?.…:，。！？：]\s*|\b(?:[Hh]i|[Hh]ey|[Oo]h|[Hh]ello|[Dd]ear|[Tt]hanks|[Yy]ou|[Ww]ell|[Aa]nd|[Mm]orning|[Oo]k(?:ay)?|[Ss]orry|[Ww]ow|[Yy]es|[Nn]o)\s+)(\p{Lu}[\p{L}'’-]{1,30}|\p{Script=Han}{2,3})\s*(?=[,!?.…:;，！？。：]|$)/gu;
const ONLY_ASKS = /^[^.!。！\n]*[?？]\s*$/u;
const ASKS = '?';
const ADDRESS_SIGN = '@';
const SPEAKER_SIGN = ':';
const CHARACTER_SIGN = "'";

/**
 * What a search has to know of a memory, written when it is kept, so that a search reads no text: words split by
 * spaces. A term; `'` before a single character; `@` before somebody who is spoken to; `:` before who speaks; `?` of
 * what only asks; `#…` for what it could be the answer to.
 */
export function outlineOf(text: string): string {
  const speaker = SPEAKER.exec(text);
  const said = speaker ? text.slice(speaker[0].length) : text;
  const addressed = addressedIn(said);
  const terms = termsOf(text)
    .filter(({ isWeak }) => !isWeak)
    .map(({ term, word, isCharacter }) => {
      if (isCharacter) return CHARACTER_SIGN + term;
      return addressed.has(word) ? ADDRESS_SIGN + term : term;
    });
  const name = speaker?.[1] === undefined ? [] : [SPEAKER_SIGN + nameKey(speaker[1])];
  return [...name, ...terms, ...(ONLY_ASKS.test(said) ? [ASKS] : []), ...marksOf(said)].join(' ');
}

/** How a name is written in outlines. */
export const nameKey = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s'’.]+/gu, '_');

export interface Outline {
  speaker: string | null;
  onlyAsks: boolean;
  marks: string[];
  /** Of these, single characters begin with `'` and those spoken to with `@`. */
  terms: string[];
  /** How many there are without single characters. */
  length: number;
}

export function readOutline(outline: string): Outline {
  const read: Outline = { speaker: null, onlyAsks: false, marks: [], terms: [], length: 0 };
  if (outline === '') return read;
  for (const word of outline.split(' ')) {
    const sign = word[0];
    if (sign === SPEAKER_SIGN) read.speaker = word.slice(1);
    else if (word === ASKS) read.onlyAsks = true;
    else if (sign === '#') read.marks.push(word);
    else {
      read.terms.push(word);
      if (sign !== CHARACTER_SIGN) read.length += 1;
    }
  }
  return read;
}

function addressedIn(text: string): Set<string> {
  return new Set(
    Array.from(text.matchAll(ADDRESS), ([, name = '']) => name.toLowerCase().replace(/['’]s$/u, '')).filter(Boolean),
  );
}
