/** The kind of outbox rows that name sessions. */
export const TITLE_KIND = 'session.title';

const MAX_TITLE = 50;

/** One line of at most 50 characters, quotes and a closing full stop taken off; cut at a word where there is one. */
export function tidyTitle(text: string): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^["'“”«»「」*#\s]+/, '')
    .replace(/["'“”«»「」*.。\s]+$/, '');
  const characters = [...new Intl.Segmenter().segment(line)].map(({ segment }) => segment);
  if (characters.length <= MAX_TITLE) return line;
  const cut = characters.slice(0, MAX_TITLE - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > MAX_TITLE / 2 ? cut.slice(0, space) : cut}…`;
}
