/**
 * Bytes as they are stored that one read of several messages gives, of pictures and sound, and of words with the calls of
 * tools again. Each message may be as large as a request, and a page or a model's history holds many; a turn's is one
 * JSON value, and no text in Node is longer than 512 MB.
 */
const MOST_BYTES = 25_165_824;
const PICTURE_LEFT_OUT = '[A picture or file that was sent earlier and is left out here.]';
const MESSAGE_LEFT_OUT = '[A long message that was sent earlier and is left out here.]';

/** Sizes are asked of rows without reading them: what is long lies beside the table, and all but `content` unpacked. */
const PARTS_BYTES = 'coalesce(pg_column_size(parts), 0)';
const WORDS_BYTES =
  'coalesce(octet_length(content), 0) + coalesce(pg_column_size(tool_calls), 0) + coalesce(pg_column_size(exchange), 0)';

/** The first that has any keeps them, whatever their size. */
const ARE_WORDS_HELD = `(words_held <= ${MOST_BYTES} OR words_held = ${WORDS_BYTES})`;
const ARE_PARTS_HELD = `(parts_held <= ${MOST_BYTES} OR parts_held = ${PARTS_BYTES})`;

/** Rows of messages with what they and those before them in this order, the one to be kept first, take. */
export const measured = (rows: string, order: string): string =>
  `(SELECT *, sum(${PARTS_BYTES}) OVER kept_first AS parts_held, sum(${WORDS_BYTES}) OVER kept_first AS words_held
    FROM (${rows}) counted WINDOW kept_first AS (ORDER BY ${order}))`;

/** Of measured rows: a column, as far as there is room. */
export const HELD_PARTS = `CASE WHEN ${ARE_WORDS_HELD} AND ${ARE_PARTS_HELD} THEN parts END`;
export const HELD_TOOL_CALLS = `CASE WHEN ${ARE_WORDS_HELD} THEN tool_calls END`;
export const HELD_EXCHANGE = `CASE WHEN ${ARE_WORDS_HELD} THEN exchange END`;

/** Of measured rows: their text. One that is left out, or had nothing but what is, says that there was something. */
export const HELD_CONTENT = `CASE WHEN NOT ${ARE_WORDS_HELD} THEN '${MESSAGE_LEFT_OUT}'
  WHEN parts IS NULL OR coalesce(content, '') <> '' OR ${ARE_PARTS_HELD} THEN content ELSE '${PICTURE_LEFT_OUT}' END`;
