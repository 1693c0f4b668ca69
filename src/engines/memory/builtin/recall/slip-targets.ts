/** Words by how they begin, so that one with a slip is compared with few of them. */
export class SlipTargets {
  private readonly byFirst = new Map<string, string[]>();
  private readonly bySecond = new Map<string, string[]>();

  constructor(words: Iterable<string>) {
    for (const word of words) {
      add(this.byFirst, word.charAt(0), word);
      add(this.bySecond, word.charAt(1), word);
    }
  }

  /** All that begin as the word does, but for one slip; some others, too, and some twice. */
  *of(word: string): Iterable<string> {
    const [first, second] = [word.charAt(0), word.charAt(1)];
    yield* this.byFirst.get(first) ?? [];
    if (first === second) return yield* this.bySecond.get(second) ?? [];
    // The first letter is another, missing, one too many, or swapped with the next.
    yield* this.bySecond.get(second) ?? [];
    yield* this.bySecond.get(first) ?? [];
    yield* this.byFirst.get(second) ?? [];
  }
}

function add(words: Map<string, string[]>, letter: string, word: string): void {
  const known = words.get(letter);
  if (known) known.push(word);
  else words.set(letter, [word]);
}
