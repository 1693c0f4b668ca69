import type { ChatMessage } from '../core/domain/chat.js';
import type { SessionSummary } from '../storage/summaries/session-summary.repository.js';

/** A stored message as the model is to see it: several where tools were called, none where there is nothing to see. */
export interface PastEntry {
  seq: number;
  messages: ChatMessage[];
}

/** What a session holds already, as far as it was loaded. */
export interface Past {
  /** The last ones, oldest first. */
  entries: PastEntry[];
  summary: SessionSummary | null;
  /** How many stored messages are older than the entries and not in the summary. */
  unseen: number;
}

export const NO_PAST: Past = { entries: [], summary: null, unseen: 0 };

/** Entries that are in no summary yet. */
export const unsummarized = ({ entries, summary }: Past): PastEntry[] =>
  entries.filter(({ seq }) => seq > (summary?.coversTo ?? 0));

/** Places in a session begin with 1: where the window begins later, it is not the whole session. */
export const hasOlder = ({ entries }: Past): boolean => (entries[0]?.seq ?? 1) > 1;

/** How many stored messages the model knows nothing of: neither among those given to it nor in the summary. */
export function uncoveredCount(past: Past, given: readonly ChatMessage[]): number {
  const seen = new Set(given);
  const first = past.entries.findIndex(({ messages }) => messages.some((message) => seen.has(message)));
  const left = first === -1 ? past.entries : past.entries.slice(0, first);
  return past.unseen + unsummarized({ ...past, entries: left }).filter(({ messages }) => messages.length > 0).length;
}
