import { rootOf } from './english-forms.js';
import { haveLettersNear, lettersOf, mostSlips, nearWords, oneSlipFrom } from './near-words.js';
import { ADDRESS_SIGN } from './recall-outline.js';
import type { QueryGroup } from './recall-query.js';
import { type Reading, shapeOf, shapesOf } from './recall-reading.js';

const SLIP_WEIGHT = 0.5;
/** Shorter words are near to far too many others. */
const LEAST_LETTERS = 4;
const LEAST_ROOT = 3;

/** A word that no memory has, and of which no other is known, may be misspelt. */
export function correctSlips(reading: Reading, groups: readonly QueryGroup[]): void {
  const { holders } = reading;
  const unknown = groups.filter(
    ({ word, alternatives }) =>
      word.length >= LEAST_LETTERS && alternatives.size === 1 && !holders.get(alternatives.keys().next().value ?? word),
  );
  if (unknown.length === 0) return;
  const meant = new Map(unknown.map(({ word }) => [word, new Set(Array.from(oneSlipFrom(word), rootOf))]));
  const places = placesOf(reading, unknown, new Set([...meant.values()].flatMap((roots) => [...roots])));
  for (const { word, alternatives } of unknown) {
    const [term = word] = alternatives.keys();
    const roots = [...(meant.get(word) ?? [])].filter((root) => places.has(root));
    for (const near of roots.length > 0 ? roots : nearestOf(word, term, places)) {
      alternatives.set(near, SLIP_WEIGHT);
      if (!holders.get(near)) addHits(reading, near, places.get(near) ?? []);
    }
  }
}

/** By the root first, as roots are what is known: the ending of a misspelt word may not be recognised. */
function nearestOf(word: string, root: string, places: ReadonlyMap<string, number[]>): string[] {
  const near = nearWords(root, places.keys());
  return near.length > 0 || word === root ? near : nearWords(word, places.keys());
}

/** Where each term is that is one of these roots, or that one of the words may be a slip of. */
function placesOf(
  { memories }: Reading,
  groups: readonly QueryGroup[],
  roots: ReadonlySet<string>,
): Map<string, number[]> {
  const shapes = shapesOf(roots);
  const spellings = groups.flatMap(({ word, alternatives }) => [word, ...alternatives.keys()]);
  const wanted = spellings.map((word) => [lettersOf(word, 0, word.length), mostSlips(word), word.length] as const);
  const isNear = (outline: string, start: number, end: number) => {
    const letters = lettersOf(outline, start, end);
    return wanted.some(
      ([own, slips, length]) => Math.abs(length - end + start) <= slips && haveLettersNear(own, letters, slips),
    );
  };
  const places = new Map<string, number[]>();
  memories.forEach(({ memory: { outline } }, place) => {
    for (let from = 0, end = 0; from < outline.length; from = end + 1) {
      end = outline.indexOf(' ', from);
      if (end === -1) end = outline.length;
      const start = outline[from] === ADDRESS_SIGN ? from + 1 : from;
      // Most words are passed over without being cut out.
      if (end - start < LEAST_ROOT) continue;
      if (shapes[shapeOf(outline, start, end)] !== 1 && !isNear(outline, start, end)) continue;
      const term = outline.slice(start, end);
      const known = places.get(term);
      if (known === undefined) places.set(term, [place]);
      else known.push(place);
    }
  });
  return places;
}

function addHits({ memories, holders }: Reading, term: string, places: readonly number[]): void {
  for (const place of places) {
    const read = memories[place];
    if (read === undefined) continue;
    read.hits ??= new Map();
    read.hits.set(term, (read.hits.get(term) ?? 0) + 1);
  }
  holders.set(term, new Set(places).size);
}
