export const DEMO_DIMENSIONS = 256;

/** Words that say little count little, or every question would be near every other question. */
const COMMON = new Set(
  'a an and are as at be but by can did do does for from had has have he her his how i in is it its me my of on or our she so that the their them they this to was we were what when where which who why will with you your 的 了 是 我 你 在 有 吗 什么'.split(
    ' ',
  ),
);
const COMMON_WEIGHT = 0.15;
const WORD_WEIGHT = 1;
/** Parts of words bring "dog" near "dogs" and "walk" near "walking". */
const TRIGRAM_WEIGHT = 0.3;

/**
 * A vector of unit length from hashed features of a text: its words, parts of words and, in Chinese, its characters and
 * pairs of them. It is lexical, not semantic: texts are near when they share words, whatever those mean. The same text
 * has the same vector on every machine and in every version.
 */
export function demoEmbedding(input: string | readonly number[], dimensions = DEMO_DIMENSIONS): number[] {
  const vector = Array.from({ length: dimensions }, () => 0);
  const features = typeof input === 'string' ? textFeatures(input) : tokenFeatures(input);
  for (const [feature, weight] of features) {
    const hash = fnv1a(feature);
    const at = (hash >>> 1) % dimensions;
    vector[at] = (vector[at] ?? 0) + (hash & 1 ? weight : -weight);
  }
  return normalised(vector);
}

function textFeatures(text: string): Map<string, number> {
  const features = new Map<string, number>();
  for (const [word] of text
    .normalize('NFKC')
    .toLowerCase()
    .matchAll(/\p{Script=Han}+|[\p{L}\p{N}']+/gu)) {
    if (/^\p{Script=Han}/u.test(word)) addHan(features, word);
    else addWord(features, word);
  }
  return features;
}

function addWord(features: Map<string, number>, word: string): void {
  if (COMMON.has(word)) return add(features, word, COMMON_WEIGHT);
  add(features, word, WORD_WEIGHT);
  const framed = `^${word.slice(0, 40)}$`;
  for (let at = 0; at + 3 <= framed.length; at++) add(features, `3:${framed.slice(at, at + 3)}`, TRIGRAM_WEIGHT);
}

function addHan(features: Map<string, number>, run: string): void {
  const characters = Array.from(run);
  characters.forEach((character, at) => {
    add(features, character, COMMON.has(character) ? COMMON_WEIGHT : WORD_WEIGHT / 2);
    const next = characters[at + 1];
    if (next !== undefined) add(features, character + next, COMMON.has(character + next) ? COMMON_WEIGHT : WORD_WEIGHT);
  });
}

function tokenFeatures(tokens: readonly number[]): Map<string, number> {
  const features = new Map<string, number>();
  for (const token of tokens) add(features, `token:${token}`, WORD_WEIGHT);
  return features;
}

/** A word said often counts more, but not in proportion. */
function add(features: Map<string, number>, feature: string, weight: number): void {
  const before = features.get(feature) ?? 0;
  features.set(feature, before === 0 ? weight : before + weight / (1 + before / weight));
}

function normalised(vector: number[]): number[] {
  const length = Math.hypot(...vector);
  // A text without a word is still a direction: callers divide by lengths.
  if (length === 0) return vector.map((_, at) => (at === 0 ? 1 : 0));
  return vector.map((value) => value / length);
}

/** FNV-1a with a final mix: short words differ in few bits otherwise. */
function fnv1a(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
