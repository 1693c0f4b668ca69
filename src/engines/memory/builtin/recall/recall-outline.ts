import { marksOf } from './answer-kinds.js';
import { termsOf } from './recall-terms.js';

/** "Nora: I handed in my notice", as a conversation that was brought in from elsewhere has it. */
const SPEAKER =
  /^\s*(?:[[(][^\])]{1,40}[\])]\s*)?([\p{Lu}\p{Lo}][\p{L}\p{M}'’.-]*(?: [\p{L}\p{M}'’.-]+){0,2})\s*[:：]\s/u;
/** A name by which somebody is spoken to stands alone between marks: "Hi Nora!", "…, Nora?" */
const ADDRESS =
  /(?:^|[,!?.…:，。！？：]\s*|\b(?:[Hh]i|[Hh]ey|[Oo]h|[Hh]ello|[Dd]ear|[Tt]hanks|[Yy]ou|[Ww]ell|[Aa]nd|[Mm]orning|[Oo]k(?:ay)?|[Ss]orry|[Ww]ow|[Yy]es|[Nn]o)\s+)(\p{Lu}[\p{L}'’-]{1,30}|\p{Script=Han}{2,3})\s*(?=[,!?.…:;，！？。：]|$)/gu;
const ONLY_ASKS = /^[^.!。！\n]*[?？]\s*$/u;

/** What words of an outline begin with, or are. */
export const ASKS = '?';
export const ADDRESS_SIGN = '@';
export const SPEAKER_SIGN = ':';
export const CHARACTER_SIGN = "'";
export const MARK_SIGN = '#';

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

function addressedIn(text: string): Set<string> {
  return new Set(
    Array.from(text.matchAll(ADDRESS), ([, name = '']) => name.toLowerCase().replace(/['’]s$/u, '')).filter(Boolean),
  );
}
