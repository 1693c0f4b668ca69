/** A day and a time of it, as ISO 8601 writes them. */
const DAY_AND_TIME = /^[+-]?\d{4,6}-\d\d-\d\d[T ]\d/i;
const ZONE = /(?:Z|[+-]\d\d(?::?\d\d)?)$/i;

/**
 * The instant that a text names, or undefined. Without a zone it is UTC, whatever zone the server runs in: JavaScript
 * would take it for the server's own.
 */
export function instantOf(text: string): Date | undefined {
  const isZoneless = DAY_AND_TIME.test(text) && !ZONE.test(text);
  const date = new Date(isZoneless ? `${text}Z` : text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
