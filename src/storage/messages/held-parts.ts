/**
 * Pictures and sound, in bytes as they are stored, that one read of several messages gives. Each may be as large as a
 * request, and a page or a model's history holds many.
 */
const MOST_BYTES = 25_165_824;
const LEFT_OUT = '[A picture or file that was sent earlier and is left out here.]';

/** Sizes are asked of rows without reading them: `parts` lie beside the table, uncompressed. */
const IS_HELD = `held <= ${MOST_BYTES} OR held = pg_column_size(parts)`;

/** Rows of messages with what their parts and those of rows before them in this order, the one to be kept first, take. */
export const measured = (rows: string, order: string): string =>
  `(SELECT *, sum(coalesce(pg_column_size(parts), 0)) OVER (ORDER BY ${order}) AS held FROM (${rows}) counted)`;

/** Of measured rows: their parts, as far as there is room. The first that has any keeps them, whatever their size. */
export const HELD_PARTS = `CASE WHEN ${IS_HELD} THEN parts END`;

/** Of measured rows: their text. What had none says that there was something. */
export const HELD_CONTENT = `CASE WHEN parts IS NULL OR coalesce(content, '') <> '' OR ${IS_HELD} THEN content
  ELSE '${LEFT_OUT}' END`;
