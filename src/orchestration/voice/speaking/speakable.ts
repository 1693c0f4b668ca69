/** What a reader skips: fences, rules, table lines that hold nothing. */
const SILENT_LINE = /^[ \t]*(?:```.*|~~~.*|[-*_=]{3,}|\|?[ \t]*:?-{2,}:?[ \t|:-]*)[ \t]*$/gm;
const TABLE_LINE = /^[ \t]*\|(.*)$/gm;
const LINE_START = /^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•][ \t]+(?:\[[ xX]\][ \t]+)?)+/gm;
const IMAGE = /!\[([^\]]*)\]\([^)\s]*(?:[ \t]+"[^"]*")?\)/g;
const LINK = /\[([^\]]+)\]\([^)\s]*(?:[ \t]+"[^"]*")?\)/g;
const ADDRESS = /\bhttps?:\/\/(?:www\.)?([^\s/?#)\]>"'，。；！？、]+)[^\s)\]>"'，。；！？、]*/gi;
const EMPHASIS = /(\*{1,3}|_{2,3}|~~|`+)(?=\S)(.*?\S)\1/gs;
const LOW_EMPHASIS = /(?<![\p{L}\p{N}_])_(?=\S)([^_\n]*\S)_(?![\p{L}\p{N}_])/gu;
const STRAY_MARKS = /\*{2,}|`+|~~|(?<=^|\s)[*_](?=\S)|(?<=\S)\*(?=\s|$)/gm;
const PICTOGRAPHS =
  /[#*0-9]\u{FE0F}?\u{20E3}|\p{RI}|\p{Emoji_Modifier}|(?!\p{N}|[#*©®™‼⁉])\p{Extended_Pictographic}|\u{FE0F}|\u{200D}|[\u{E0020}-\u{E007F}]/gu;
const ENTITY = /&(?:nbsp|amp|lt|gt|quot|#39);/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&nbsp;': ' ',
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

const cellsOf = (line: string) =>
  line
    .split('|')
    .map((cell) => cell.trim())
    .filter(Boolean)
    .join(', ');

/** What is read aloud of a piece of an answer: its words, without what is there to be seen. Empty where there are none. */
export function speakableText(source: string): string {
  const text = source
    .replace(SILENT_LINE, ' ')
    .replace(TABLE_LINE, (_line, cells: string) => cellsOf(cells))
    .replace(LINE_START, '')
    .replace(IMAGE, '$1')
    .replace(LINK, '$1')
    .replace(ADDRESS, (_address, host: string) => host.replace(/[.,:;!?]+$/, ''))
    .replace(EMPHASIS, '$2')
    .replace(LOW_EMPHASIS, '$1')
    .replace(STRAY_MARKS, '')
    .replace(PICTOGRAPHS, ' ')
    .replace(ENTITY, (entity) => ENTITIES[entity] ?? ' ')
    .replace(/\s+/g, ' ')
    .replace(/ +([,.;:!?])/g, '$1')
    .trim();
  return /[\p{L}\p{N}]/u.test(text) ? text : '';
}
