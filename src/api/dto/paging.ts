import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid } from '../../core/util/ids.js';

/** Cursors of newest-first lists are the last row's id. */
export function cursorOf(text: string | undefined): string | null {
  if (!text) return null;
  if (!isUuid(text))
    throw new CozyError('VALIDATION_FAILED', {
      message: 'cursor must be the next_cursor of the page before.',
      param: 'cursor',
    });
  return text;
}

export function nextCursor(rows: { id: string }[], limit: number): string | null {
  return rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
}
