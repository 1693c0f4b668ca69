/** Where a message stands that an item has become. */
export interface StoredPlace {
  turnId: string;
  role: 'user' | 'assistant' | 'tool';
  /** What tells it from the others of its turn; null where there are none. */
  text: string | null;
}

interface Said {
  id: string;
  role: 'user' | 'tool';
  text: string;
}

/** More items than this nobody deletes one by one. */
const MOST = 2000;

/** Which items of a call have become which messages of its session. */
export class StoredItems {
  private waiting: Said[] = [];
  private inTurn: Said[] = [];
  private readonly places = new Map<string, StoredPlace>();

  /** It goes to the model with the next answer. */
  said(item: Said): void {
    this.waiting.push(item);
    if (this.waiting.length > MOST) this.waiting.shift();
  }

  /** An answer to all of that begins. */
  begin(): void {
    this.inTurn = this.waiting.splice(0);
  }

  /** It was stored as a turn; undefined where it was not. `answerId`: the item of the answer. */
  end(turnId: string | undefined, answerId: string | null): void {
    const said = this.inTurn.splice(0);
    if (turnId === undefined) return;
    for (const { id, role, text } of said) this.keep(id, { turnId, role, text });
    if (answerId !== null) this.keep(answerId, { turnId, role: 'assistant', text: null });
  }

  placeOf(id: string): StoredPlace | undefined {
    return this.places.get(id);
  }

  private keep(id: string, place: StoredPlace): void {
    this.places.set(id, place);
    const [oldest] = this.places.keys();
    if (this.places.size > MOST && oldest !== undefined) this.places.delete(oldest);
  }
}
