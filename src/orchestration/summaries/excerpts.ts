const LABEL = 'Excerpts of what the user said earlier, chosen by rules:';
const LONGEST = 160;
/** Of these, so many characters are for the beginning of the conversation; the rest is for its end. */
const MOST = 2400;
const OF_THE_BEGINNING = 600;
const GAP = '…';

/** Words are not cut in two where a space is near. */
function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  if (line.length <= LONGEST) return line;
  const cut = line.slice(0, LONGEST).toWellFormed();
  const space = cut.lastIndexOf(' ');
  return `${space > LONGEST / 2 ? cut.slice(0, space) : cut}${GAP}`;
}

/**
 * A summary where no model can make one: the beginning of what the user said each time, after the summary so far. What
 * is too much is left out of the middle.
 */
export function excerptSummary(previous: string, said: readonly { role: string; content: string }[]): string {
  const before = previous.split('\n').filter((line) => line !== LABEL && line !== '');
  const added = said.filter(({ role, content }) => role === 'user' && content.trim() !== '');
  return [LABEL, ...bounded([...before, ...added.map(({ content }) => excerpt(content))])].join('\n');
}

function bounded(lines: readonly string[]): string[] {
  const gap = lines.indexOf(GAP);
  if (gap === -1 && lengthOf(lines) <= MOST) return [...lines];
  const first = gap === -1 ? fitting(lines, OF_THE_BEGINNING) : lines.slice(0, gap);
  const rest = lines.slice(gap === -1 ? first.length : gap + 1);
  return [...first, GAP, ...fitting(rest.toReversed(), MOST - lengthOf(first)).toReversed()];
}

const lengthOf = (lines: readonly string[]) => lines.reduce((sum, line) => sum + line.length + 1, 0);

/** As many as fit from the start. */
function fitting(lines: readonly string[], characters: number): string[] {
  const kept: string[] = [];
  let left = characters;
  for (const line of lines) {
    left -= line.length + 1;
    if (left < 0) break;
    kept.push(line);
  }
  return kept;
}
