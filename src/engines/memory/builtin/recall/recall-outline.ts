import { marksOf } from './answer-kinds.js';
import { headingOf } from './recall-heading.js';
import { termsOf } from './recall-terms.js';

/** A name by which somebody is spoken to stands alone between marks: "Hi Nora!", "…, Nora?" */
const ADDRESS =
  /(?:^|[,!?.…:，。！？：]\s*|\b(?:[Hh]i|[Hh]ey|[Oo]h|[Hh]ello|[Dd]ear|[Tt]hanks|[Yy]ou|[Ww]ell|[Aa]nd|[Mm]orning|[Oo]k(?:ay)?|[Ss]orry|[Ww]ow|[Yy]es|[Nn]o)\s+)(\p{Lu}[\p{L}'’-]{1,30}|\p{Script=Han}{2,3})\s*(?=[,!?.…:;，！？。：]|$)/gu;
const ONLY_ASKS = /^[^.!。！\n]*[?？]\s*$/u;
/** An answer is expected, also where something was said before. */
const ENDS_ASKING = /[?？]["'”’」)\s]*$/u;

/** What words of an outline begin with, or are. */
export const ASKS = '?';
export const ADDRESS_SIGN = '@';
export const SPEAKER_SIGN = ':';
export const CHARACTER_SIGN = "'";
export const MARK_SIGN = '#';
export const DAY_SIGN = '~';
export const ENDS_ASKING_MARK = '#asks';

/**
 * What a search has to know of a memory, written when it is kept, so that a search reads no text: words split by
 * spaces. A term; `'` before a single character; `@` before somebody who is spoken to; `:` before who speaks; `?` of
 * what only asks; `#…` for what it could be the answer to, `#asks` of what ends with a question; `~` before the day on
 * which it was said, where the text begins with it.
 */
export function outlineOf(text: string): string {
  const { speaker, day, said, remarks } = headingOf(text);
  const addressed = addressedIn(said);
  const terms = termsOf(`${remarks} ${said}`)
    .filter(({ isWeak }) => !isWeak)
    .map(({ term, word, isCharacter }) => {
      if (isCharacter) return CHARACTER_SIGN + term;
      return addressed.has(word) ? ADDRESS_SIGN + term : term;
    });
  return [
    ...(speaker === undefined ? [] : [SPEAKER_SIGN + nameKey(speaker)]),
    ...(day === undefined ? [] : [DAY_SIGN + day]),
    ...terms,
    ...(ONLY_ASKS.test(said) ? [ASKS] : []),
    ...(ENDS_ASKING.test(said) ? [ENDS_ASKING_MARK] : []),
    ...marksOf(said),
  ].join(' ');
}

/** How a name is written in outlines. */
export const nameKey = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s'’.]+/gu, '_');

function addressedIn(text: string): Set<string> {
  return new Set(
    Array.from(text.matchAll(ADDRESS), ([, name = '']) => name.toLowerCase().replace(/['’]s$/u, '')).filter(Boolean),
  );
}
