const LEAST_LETTERS = 4;
const LETTERS_FOR_TWO = 8;

/** Of the words that are known, those that this one may be a slip of: a letter more, less or other, or two swapped. */
export function nearWords(word: string, known: Iterable<string>): string[] {
  if (word.length < LEAST_LETTERS) return [];
  const most = word.length >= LETTERS_FOR_TWO ? 2 : 1;
  const near: string[] = [];
  for (const other of known) {
    if (Math.abs(other.length - word.length) <= most && slips(word, other, most) <= most) near.push(other);
  }
  return near;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; more than `most` where it is more. */
function slips(one: string, other: string, most: number): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    let least = row;
    for (let at = 1; at <= other.length; at += 1) {
      const isSame = one[row - 1] === other[at - 1];
      let cost = Math.min((last[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1, (last[at - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwap = row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      if (isSwap) cost = Math.min(cost, (before[at - 2] ?? 0) + 1);
      next.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return most + 1;
    [before, last] = [last, next];
  }
  return last.at(-1) ?? 0;
}
