const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);

/** Characters that hide text from people or turn its order round. Joiners stay: emoji and many scripts need them. */
const UNSEEN = /[\u00AD\u200B\u202A-\u202E\u2060-\u2069\uFEFF\u{E0000}-\u{E007F}]/gu;

/** One line of text from what a web service wrote: without markup and control characters, cut with a mark. */
export function plainText(value: unknown, maxLength: number): string {
  if (typeof value !== 'string') return '';
  const text = value
    // Nobody reads the rest of a very long text; cut before the work is done on it.
    .slice(0, maxLength * 4)
    .replaceAll(/<\/?[a-z][^<>]*>/gi, '')
    .replaceAll(/&(#x?[\da-f]{1,6}|[a-z]{2,6});/gi, (entity, name: string) => characterOf(name) ?? entity)
    .replaceAll(UNSEEN, '')
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return text.length > maxLength
    ? `${text
        .slice(0, maxLength - 1)
        .toWellFormed()
        .trimEnd()}…`
    : text.toWellFormed();
}

function characterOf(name: string): string | undefined {
  if (!name.startsWith('#')) return ENTITIES.get(name.toLowerCase());
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}
