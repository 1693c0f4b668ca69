/** A memory as far as it matters for what repeats it. */
export interface ToldWords {
  id: string;
  /** Whether it is what was asked and replied, not what the user told or had kept. */
  isTalk: boolean;
  /** Words split by spaces; those of an outline begin with a sign where they are no term. */
  words: string;
}

/**
 * Of what was asked and replied, what repeats memories that are being deleted: it has a word that nothing else the user
 * told has, and that was in no talk before. Ids are in the order in which memories were kept.
 */
export function echoesOf(deleted: readonly ToldWords[], others: readonly ToldWords[]): string[] {
  const told = deleted.filter(({ isTalk }) => !isTalk);
  const firstId = told.map(({ id }) => id).toSorted()[0];
  if (firstId === undefined) return [];
  const kept = others.map((memory) => ({ ...memory, terms: termsOf(memory.words) }));
  const later = kept.filter(({ isTalk, id }) => isTalk && id > firstId);
  const known = new Set(kept.filter((memory) => !(memory.isTalk && memory.id > firstId)).flatMap(({ terms }) => terms));
  const own = new Set(told.flatMap(({ words }) => termsOf(words)).filter((term) => !known.has(term)));
  return later.filter(({ terms }) => terms.some((term) => own.has(term))).map(({ id }) => id);
}

/** Also of the one who speaks or is spoken to; without single characters and marks. */
const termsOf = (words: string): string[] =>
  words.split(' ').flatMap((word) => /^[@:]?([\p{L}\p{N}].*)$/u.exec(word)?.[1] ?? []);
