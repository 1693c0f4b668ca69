import { badCursor } from '../../core/errors/bad-cursor.js';
import { isUuid } from '../../core/util/ids.js';

/** Cursors of newest-first lists are the last row's id. */
export function cursorOf(text: string | undefined): string | null {
  if (!text) return null;
  if (!isUuid(text)) throw badCursor();
  return text;
}

export function nextCursor(rows: { id: string }[], limit: number): string | null {
  return rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
}
