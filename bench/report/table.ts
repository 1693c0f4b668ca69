const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** A number as people read it: no more than three digits that mean something after the whole ones. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value.replaceAll('|', '\\|');
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return JSON.stringify(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

export const words = (key: string): string => key.replaceAll('_', ' ').replace(/ ms (p\d+|max|mean|each)$/, ', ms $1');

export const NOTHING = '–';

export const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;

function table(head: string[], rows: string[][]): string {
  const rule = head.map((_cell, at) => (at === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** Entries side by side, named by their first value: there are more figures than entries. */
function sideBySide(entries: Record<string, unknown>[]): string {
  const [name = ''] = Object.keys(entries[0] ?? {});
  const keys = [...new Set(entries.flatMap((entry) => Object.keys(entry)))].filter((key) => key !== name);
  const plain = keys.filter((key) => entries.every((entry) => isPlain(entry[key])));
  return table(
    [words(name), ...entries.map((entry) => shown(entry[name]))],
    plain.map((key) => [words(key), ...entries.map((entry) => shown(entry[key]))]),
  );
}

/** `{a: {b: {…}}}` as rows `a, b`. */
function flat(value: Record<string, unknown>, name: string[] = []): Record<string, unknown>[] {
  if (Object.values(value).every(isPlain)) return [{ of: name.map(words).join(', '), ...value }];
  return Object.entries(value).flatMap(([key, inner]) => (isRecord(inner) ? flat(inner, [...name, key]) : []));
}

const isOfRecords = (value: unknown): boolean =>
  isRecord(value) && Object.values(value).length > 1 && Object.values(value).every(isRecord);

function oneBelowTheOther(rows: Record<string, unknown>[]): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return table(
    keys.map((key) => (key === 'of' ? '' : words(key))),
    rows.map((row) => keys.map((key) => shown(row[key]))),
  );
}

/** All that a part of a result holds, as Markdown tables; what is within it under names of its own. */
export function tables(value: Record<string, unknown>): string[] {
  const plain = Object.entries(value).filter(([, entry]) => isPlain(entry));
  const parts = plain.length > 0 ? [table(['', ''], plain.map(([key, entry]) => [words(key), shown(entry)]))] : []; // prettier-ignore
  for (const [key, entry] of Object.entries(value)) {
    if (isPlain(entry)) continue;
    parts.push(`**${words(key)}**`);
    if (Array.isArray(entry)) parts.push(sideBySide(entry.filter(isRecord)));
    else if (isOfRecords(entry)) parts.push(oneBelowTheOther(flat(entry as Record<string, unknown>)));
    else parts.push(...tables(entry as Record<string, unknown>));
  }
  return parts;
}
