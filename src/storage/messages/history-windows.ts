import { LRUCache } from 'lru-cache';
import type { HistoryMessage, SessionHistory, TurnKey } from './turn-rows.js';

/** What a statement tells of a session. */
export interface HistoryRow extends SessionHistory {
  /** Raised whenever a message is changed or taken away. */
  revision: number;
  /** Whether `messages` begin with the last of those that are known, and nothing has changed there; else they are all. */
  goesOn: boolean | null;
}

/** Messages that are stored and stay as they are while the revision does; at least one. */
export interface KnownWindow {
  revision: number;
  /** How many were asked for. */
  limit: number;
  /** Places of the first and the last. */
  from: number;
  to: number;
  messages: readonly HistoryMessage[];
}

/** In bytes, about: of all sessions, and of one; longer ones, with pictures as a rule, are read anew. */
const MOST_KEPT = 32_000_000;
const MOST_OF_SESSION = 500_000;
/** Sessions that are known to be longer. */
const MOST_LONG = 10_000;
/** Of a message, beside what it says. */
const MESSAGE_COST = 400;
/** Words of somebody who is away, or gone, need not stay in memory. */
const KEPT_MS = 10 * 60_000;

type SessionKey = Pick<TurnKey, 'sessionId' | 'userId'>;

const idOf = ({ sessionId, userId }: SessionKey): string => `${userId} ${sessionId}`;

const sizeOfMessage = ({ content, parts, toolCalls, exchange }: HistoryMessage): number => {
  const others = parts || toolCalls || exchange ? JSON.stringify([parts, toolCalls, exchange]).length : 0;
  return MESSAGE_COST + 2 * ((content?.length ?? 0) + others);
};

/**
 * The recent history of sessions that go on. It is never believed without asking Postgres whether it still holds: what it
 * saves is reading all of it again.
 */
export class HistoryWindows {
  private readonly known = new LRUCache<string, KnownWindow>({
    maxSize: MOST_KEPT,
    ttl: KEPT_MS,
    ttlAutopurge: true,
  });
  private readonly long = new LRUCache<string, true>({ max: MOST_LONG });

  /** Whether reading it takes so long that nobody else should wait for it. */
  isLong(key: SessionKey): boolean {
    return this.long.has(idOf(key));
  }

  of(key: SessionKey, limit: number): KnownWindow | undefined {
    const known = this.known.get(idOf(key));
    return known?.limit === limit ? known : undefined;
  }

  /** The history, the last `limit` messages, from what was `known` when it was asked for and what has come to it. */
  take(key: SessionKey, known: KnownWindow | undefined, row: HistoryRow, limit: number): SessionHistory {
    const { personalityId, title, summary, unseen, revision, goesOn } = row;
    const earlier = known && goesOn ? known.messages.slice(0, -1) : [];
    const all = [...earlier, ...row.messages];
    const messages = all.slice(-limit);
    const coversTo = summary?.coversTo ?? 0;
    const beyond = all.slice(0, -limit).filter(({ seq }) => seq > coversTo).length;
    this.keep(key, revision, messages, limit);
    return { personalityId, title, messages, summary, unseen: unseen + beyond };
  }

  /** Only as far as no place is empty: answers come later to the places that were reserved for them. */
  private keep(key: SessionKey, revision: number, messages: HistoryMessage[], limit: number): void {
    const from = messages.length < limit ? 1 : (messages[0]?.seq ?? 0);
    const gap = messages.findIndex(({ seq }, at) => seq !== from + at);
    const whole = gap === -1 ? messages : messages.slice(0, gap);
    const size = whole.reduce((sum, message) => sum + sizeOfMessage(message), 1);
    const last = whole.at(-1);
    const id = idOf(key);
    if (size > MOST_OF_SESSION) this.long.set(id, true);
    else this.long.delete(id);
    if (last && size <= MOST_OF_SESSION) {
      this.known.set(id, { revision, limit, from, to: last.seq, messages: whole }, { size });
    } else this.known.delete(id);
  }
}
