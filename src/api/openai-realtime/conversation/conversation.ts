import type { Item, Send } from './server-events.js';

/** More items than this nobody asks for again; the session's messages are in the store. */
const MOST_ITEMS = 2000;

/** The items of one call in their order, as its client knows them. */
export class Conversation {
  private items: Item[] = [];

  constructor(private readonly send: Send) {}

  get lastId(): string | null {
    return this.items.at(-1)?.id ?? null;
  }

  find(id: string): Item | undefined {
    return this.items.find((item) => item.id === id);
  }

  /** Told as it is now; `done` follows when it is whole. */
  add(item: Item): void {
    const previous = this.lastId;
    this.items.push(item);
    if (this.items.length > MOST_ITEMS) this.items.shift();
    this.send({ type: 'conversation.item.added', previous_item_id: previous, item });
  }

  done(item: Item): void {
    const at = this.items.findIndex(({ id }) => id === item.id);
    const previous = at > 0 ? (this.items[at - 1]?.id ?? null) : null;
    this.send({ type: 'conversation.item.done', previous_item_id: previous, item });
  }

  remove(id: string): void {
    this.items = this.items.filter((item) => item.id !== id);
  }
}
