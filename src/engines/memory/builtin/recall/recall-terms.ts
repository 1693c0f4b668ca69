import { rootOf } from './english-forms.js';
import { STOP_CHARACTERS, STOP_PAIRS, STOP_WORDS } from './stop-words.js';

/** Scripts that put no spaces between words. */
const SPACELESS =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}ー';
const TOKENS = new RegExp(`[${SPACELESS}]+|(?:(?![${SPACELESS}])[\\p{L}\\p{M}\\p{N}'])+`, 'gu');
const STARTS_SPACELESS = new RegExp(`^[${SPACELESS}]`, 'u');
const ENDING = /'(?:s|m|d|re|ve|ll|t)?$/u;
const MAX_CHARACTERS = 8000;
const MAX_WORD = 64;

/** A term of a text, in the order of the text. */
export interface Term {
  /** The root of a word; a character, or a pair of neighbours, of scripts without spaces. */
  term: string;
  /** The word as it was written, in lower case. */
  word: string;
  /** Nearly every text has it, so that it finds none. */
  isWeak: boolean;
  /** Its pairs say more. */
  isCharacter: boolean;
}

/** What a text is compared by. A Chinese sentence has no spaces; pairs of characters find its words without a dictionary. */
export function termsOf(text: string): Term[] {
  const terms: Term[] = [];
  const plain = text.slice(0, MAX_CHARACTERS).normalize('NFKC').replaceAll('’', "'").toLowerCase();
  for (const [token] of plain.matchAll(TOKENS)) {
    if (STARTS_SPACELESS.test(token)) addCharacters(terms, token);
    else addWord(terms, token.replace(ENDING, '').replaceAll("'", '').slice(0, MAX_WORD));
  }
  return terms;
}

function addWord(terms: Term[], word: string): void {
  if (word === '') return;
  terms.push({ term: rootOf(word), word, isWeak: STOP_WORDS.has(word), isCharacter: false });
}

function addCharacters(terms: Term[], run: string): void {
  const characters = Array.from(run);
  characters.forEach((character, at) => {
    terms.push({ term: character, word: character, isWeak: STOP_CHARACTERS.has(character), isCharacter: true });
    const next = characters[at + 1];
    if (next === undefined) return;
    const pair = character + next;
    const isWeak = STOP_PAIRS.has(pair) || (STOP_CHARACTERS.has(character) && STOP_CHARACTERS.has(next));
    terms.push({ term: pair, word: pair, isWeak, isCharacter: false });
  });
}
