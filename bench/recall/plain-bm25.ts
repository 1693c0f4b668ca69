const K1 = 1.5;
const B = 0.75;

/** Words as they are; of Chinese every character. */
const tokensOf = (text: string): string[] =>
  text.toLowerCase().match(/\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu) ?? [];

/** BM25 as in the books, to compare with: the places of the documents that share a word with the query, best first. */
export function plainBm25(documents: readonly string[]): (query: string) => number[] {
  const tokens = documents.map(tokensOf);
  const mean = tokens.reduce((sum, { length }) => sum + length, 0) / tokens.length;
  const holders = new Map<string, number>();
  for (const words of tokens) for (const word of new Set(words)) holders.set(word, (holders.get(word) ?? 0) + 1);
  const scoreOf = (words: readonly string[], query: readonly string[]) =>
    query.reduce((sum, word) => {
      const count = words.filter((other) => other === word).length;
      const rarity = Math.log(1 + (tokens.length - (holders.get(word) ?? 0) + 0.5) / ((holders.get(word) ?? 0) + 0.5));
      return sum + (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + (B * words.length) / mean));
    }, 0);
  return (query) => {
    const asked = tokensOf(query);
    const scores = tokens.map((words, at) => ({ at, score: scoreOf(words, asked) }));
    return scores
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)
      .map(({ at }) => at);
  };
}
