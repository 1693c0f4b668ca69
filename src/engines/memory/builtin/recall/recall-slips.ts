import { nearWords } from './near-words.js';
import { ADDRESS_SIGN } from './recall-outline.js';
import type { QueryGroup } from './recall-query.js';
import type { Reading } from './recall-reading.js';

const SLIP_WEIGHT = 0.5;
/** Shorter words are near to far too many others. */
const LEAST_LETTERS = 4;
const MOST_SLIPS = 2;

/** A word that no memory has, and of which no other is known, may be misspelt; its first letter hardly ever is. */
export function correctSlips(reading: Reading, groups: readonly QueryGroup[]): void {
  const { holders } = reading;
  const unknown = groups.filter(
    ({ word, alternatives }) =>
      word.length >= LEAST_LETTERS && alternatives.size === 1 && !holders.get(alternatives.keys().next().value ?? word),
  );
  if (unknown.length === 0) return;
  const places = placesOf(reading, unknown);
  for (const { word, alternatives } of unknown) {
    const [term = word] = alternatives.keys();
    const spellings = word === term ? [word] : [word, term];
    for (const near of spellings.flatMap((spelling) => nearWords(spelling, places.keys()))) {
      alternatives.set(near, SLIP_WEIGHT);
      if (!holders.get(near)) addHits(reading, near, places.get(near) ?? []);
    }
  }
}

/** Where each term is that one of the words may be a slip of. */
function placesOf({ memories }: Reading, groups: readonly QueryGroup[]): Map<string, number[]> {
  const initials = new Set(groups.map(({ word }) => word.charCodeAt(0)));
  const longest = groups.reduce((most, { word }) => Math.max(most, word.length), 0) + MOST_SLIPS;
  const places = new Map<string, number[]>();
  memories.forEach(({ memory: { outline } }, place) => {
    for (let from = 0, end = 0; from < outline.length; from = end + 1) {
      end = outline.indexOf(' ', from);
      if (end === -1) end = outline.length;
      const start = outline[from] === ADDRESS_SIGN ? from + 1 : from;
      const length = end - start;
      // Most words are passed over without being cut out.
      if (length < LEAST_LETTERS - 1 || length > longest || !initials.has(outline.charCodeAt(start))) continue;
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
