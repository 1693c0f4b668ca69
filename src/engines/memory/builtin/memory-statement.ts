/** Something worth remembering, and where it comes from. */
export interface MemoryStatement extends SpokenStatement {
  userId: string;
  turnId: string | null;
  sessionId: string | null;
}

/** The same as its messages alone tell it. */
export interface SpokenStatement {
  /**
   * `said`: in the user's own words; `fact`: as the model put it; `kept`: as the user asked; `asked` and `replied`: what
   * else the user and the companion said, which is found but never taken for a fact.
   */
  kind: 'said' | 'fact' | 'kept' | 'asked' | 'replied';
  text: string;
  messageId: string | null;
  createdAt: Date;
}
