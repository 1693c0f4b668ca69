/** A text as words to search by. */
export interface SearchTerms {
  /** Of scripts with spaces, lower-cased, not stemmed. */
  words: string[];
  /** Of scripts without spaces: every character and every pair of neighbours. */
  grams: string[];
}

const MAX_CHARACTERS = 8000;
const MAX_WORD = 64;
const MAX_GRAM_RUN = 4000;

/** Scripts that put no spaces between words. */
const SPACELESS =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}ー';
const TOKENS = new RegExp(`[${SPACELESS}]+|(?:(?![${SPACELESS}])[\\p{L}\\p{M}\\p{N}])+`, 'gu');
const STARTS_SPACELESS = new RegExp(`^[${SPACELESS}]`, 'u');

/** Characters that nearly every sentence holds find nothing. */
const COMMON_CHARACTERS = new Set('的了是我你他她它在有和也就都不吗呢吧啊么什这那个很'.split(''));

/**
 * The terms of a text, each once. A database's own full-text search takes a whole Chinese sentence for one word; pairs
 * of characters find the words in it without a dictionary. Texts and queries must be cut by this same function.
 */
export function searchTerms(text: string): SearchTerms {
  const words = new Set<string>();
  const grams = new Set<string>();
  for (const [token] of text.slice(0, MAX_CHARACTERS).normalize('NFKC').toLowerCase().matchAll(TOKENS)) {
    if (STARTS_SPACELESS.test(token)) addGrams(grams, token);
    else words.add(token.slice(0, MAX_WORD));
  }
  return { words: [...words], grams: [...grams] };
}

function addGrams(grams: Set<string>, run: string): void {
  const characters = Array.from(run.slice(0, MAX_GRAM_RUN));
  characters.forEach((character, at) => {
    if (!COMMON_CHARACTERS.has(character)) grams.add(character);
    const next = characters[at + 1];
    if (next !== undefined) grams.add(character + next);
  });
}
