const WORD = /^\p{L}+$/u;
const LEAST_LETTERS = 5;
const MOST_LETTERS = 32;

/** The words of a text that are worth comparing with misspelt ones: shorter ones are like too many others. */
export const comparableWords = (words: readonly string[]): string[] =>
  words.filter((word) => word.length >= LEAST_LETTERS && word.length <= MOST_LETTERS && WORD.test(word));
