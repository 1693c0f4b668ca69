import { LRUCache } from 'lru-cache';
import {
  MOST_READ,
  type MemoryOutline,
  type MemoryRow,
  NO_ID,
  type OutlinesRow,
  readOutlines,
} from './memory-queries.js';

/** As Postgres knew them at one moment. */
interface KnownOutlines {
  appended: string;
  changed: string;
  /** Of all memories, also of those beyond what a search reads. */
  count: number;
  outlines: readonly MemoryOutline[];
}

/** What is known, to be sent along: nothing has such a revision. */
export interface KnownRevision {
  appended: string;
  changed: string;
  lastId: string;
}

export const NOTHING_KNOWN: KnownRevision = { appended: '-1', changed: '-1', lastId: NO_ID };
/** In characters of outlines, and what an object costs beside them. */
const MOST_KEPT = 48_000_000;
const OUTLINE_COST = 300;
/** The same, of whole texts. */
const MOST_TEXT_KEPT = 16_000_000;
/** Words of somebody who is away, or gone, need not stay in memory. */
const KEPT_MS = 10 * 60_000;

/**
 * What searches compare, of the users who searched last. It is never believed without asking Postgres whether it still
 * holds: what it saves is reading all of it again.
 */
export class OutlineCache {
  private readonly known = new LRUCache<string, KnownOutlines>({
    maxSize: MOST_KEPT,
    ttl: KEPT_MS,
    ttlAutopurge: true,
    sizeCalculation: ({ outlines }) =>
      outlines.reduce((sum, { outline, text }) => sum + OUTLINE_COST + (outline ?? text ?? '').length, 1),
  });

  /** What was found lately, by revision and id: nothing of it has changed as long as the revision is the same. */
  private readonly rows = new LRUCache<string, MemoryRow>({
    maxSize: MOST_TEXT_KEPT,
    ttl: KEPT_MS,
    ttlAutopurge: true,
    sizeCalculation: ({ text }) => OUTLINE_COST + text.length,
  });

  revision(userId: string): KnownRevision {
    const known = this.known.get(userId);
    if (known === undefined) return NOTHING_KNOWN;
    return { appended: known.appended, changed: known.changed, lastId: known.outlines.at(-1)?.id ?? NO_ID };
  }

  /** What is there now; undefined where all of it has to be asked for, without what is known. */
  update(userId: string, row: OutlinesRow): readonly MemoryOutline[] | undefined {
    const { appended, changed, after, count, lines } = row;
    const known = this.known.get(userId);
    // Also where another search has learned of it meanwhile.
    if (known?.appended === appended && known.changed === changed) return known.outlines;
    if (count === null) return undefined;
    const { outlines: fresh, rows } = readOutlines(lines);
    this.keep(changed, rows);
    const outlines = after === NO_ID ? fresh : continued(known, row, fresh);
    if (outlines === undefined) this.known.delete(userId);
    else this.known.set(userId, { appended, changed, count, outlines });
    return outlines;
  }

  /** A memory as it was when the user's memories had last changed. */
  row({ changed }: KnownRevision, id: string): MemoryRow | undefined {
    return changed === NOTHING_KNOWN.changed ? undefined : this.rows.get(`${changed} ${id}`);
  }

  /** @param changed the revision that was known before they were read. */
  keep(changed: string, rows: readonly MemoryRow[]): void {
    if (changed === NOTHING_KNOWN.changed) return;
    for (const row of rows) this.rows.set(`${changed} ${row.id}`, row);
  }
}

/** Undefined where this is not all: it follows something else, or a memory of an older id was committed late. */
function continued(
  known: KnownOutlines | undefined,
  { changed, after, count }: OutlinesRow,
  fresh: readonly MemoryOutline[],
): readonly MemoryOutline[] | undefined {
  if (known?.changed !== changed || known.outlines.at(-1)?.id !== after) return undefined;
  return known.count + fresh.length === count ? [...known.outlines, ...fresh].slice(-MOST_READ) : undefined;
}
