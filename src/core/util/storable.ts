const NUL = String.fromCharCode(0);

/** Postgres takes neither NUL nor half a surrogate pair: both become U+FFFD, as in any UTF-8 decoder. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll(NUL, '\uFFFD');
}

/** JSON text for a jsonb parameter, every string in it storable. Undefined stays undefined (SQL null). */
export function storableJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const json = JSON.stringify(value);
  if (!/\\u(0000|d[89a-f])/i.test(json)) return json;
  return JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry === 'string') return storableText(entry);
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry;
    return Object.fromEntries(Object.entries(entry).map(([key, below]) => [storableText(key), below as unknown]));
  });
}
