/** What a turn promises to have done afterwards: the kinds of outbox rows that learn from what was said. */
export const MEMORY_ADD = 'memory.add';
export const PROFILE_UPDATE = 'profile.update';
/** The same turn looked at again, by a chat model and together with others. */
export const MEMORY_REFINE = 'memory.refine';
export const PROFILE_REFINE = 'profile.refine';

/** Work that a turn promises. */
export interface PromisedWork {
  kind: string;
  /** Not to be done before so long after the turn. */
  delayMs: number;
  /** Given up from the start, for an admin to replay: the reason. Null for work that is to be done. */
  deadCode: string | null;
}

/** Who finds out what is worth keeping of what was said. */
export type ExtractionMode = 'auto' | 'model' | 'rules';

/** How a personality wants it done. */
export interface ExtractionWish {
  mode: ExtractionMode;
  /** The personality's own provider and model, so that nobody else is told; the default ones where absent. */
  provider?: string | undefined;
  model?: string | undefined;
}

/** `auto` leaves it to the next one who has a say. */
export const modeOf = (wish: ExtractionMode, configured: ExtractionMode): ExtractionMode =>
  wish === 'auto' ? configured : wish;
