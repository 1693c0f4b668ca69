const MOST_KINDS = 1000;

/** Lets the first of a kind through and counts the rest, until it is emptied. */
export class AuditSampler<Event> {
  private readonly kinds = new Map<string, { event: Event; more: number }>();

  /** Whether the event is the first of its kind; further ones are counted. */
  admits(kind: string, event: Event): boolean {
    const known = this.kinds.get(kind);
    if (known) known.more += 1;
    else if (this.kinds.size < MOST_KINDS) this.kinds.set(kind, { event, more: 0 });
    return !known;
  }

  /** The kinds of which more came, with their number; begins anew. */
  empty(): { event: Event; more: number }[] {
    const counted = [...this.kinds.values()].filter(({ more }) => more > 0);
    this.kinds.clear();
    return counted;
  }
}
