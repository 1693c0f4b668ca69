import { CozyError } from '../../core/errors/cozy.error.js';
import { asCozyError } from '../errors/error-body.js';
import { type ClientEvent, readClientEvent, type ReadEvent } from './client-event.js';
import type { ItemCreateDto, ItemTruncateDto, ResponseCancelDto, ResponseCreateDto } from './client-event.dto.js';
import type { Item } from './conversation/server-events.js';
import type { StoredPlace } from './conversation/stored-items.js';
import { itemOf, type WishedItem } from './item-wish.js';
import type { RealtimeCall } from './realtime-call.js';
import { responseWish } from './response-wish.js';
import { sessionDto, updatedSession } from './session/session-state.js';

export interface SeededMessage {
  role: 'user' | 'assistant';
  content: string;
}

/** The session that the call is part of. */
export interface ConversationStore {
  /** Keeps messages that the client has brought along. */
  keep(messages: SeededMessage[]): Promise<void>;
  /** Takes a message out; false where there is none. */
  remove(place: StoredPlace): Promise<boolean>;
}

type Handlers = {
  [Type in ClientEvent['type']]: (event: Extract<ClientEvent, { type: Type }>) => void | Promise<void>;
};

/** What waits for an event before it; a client that sends more is not waiting for any answer. */
const MOST_WAITING = 2000;

/** As many as the call itself lets wait. */
const MOST_HELD = 60;
const MOST_SYSTEM = 32_768;

const refuse = (param: string, message: string) => new CozyError('VALIDATION_FAILED', { param, message });
const unknownItem = (param: string) =>
  new CozyError('RESOURCE_NOT_FOUND', { param, message: 'There is no such item in this conversation.' });

/** Does what the client says, one event after the other; what cannot be done is told, and the call goes on. */
export class ClientCommands {
  /** Typed by the client and not put to the model yet: it goes with the next answer. */
  private held: { item: Item; text: string }[] = [];
  private hasEnded = false;
  private waiting: ReadEvent[] = [];
  private isBusy = false;

  constructor(
    private readonly call: RealtimeCall,
    private readonly store: ConversationStore,
  ) {}

  /** An event as it came. */
  take(text: string): void {
    const read = readClientEvent(text);
    if (!this.isBusy) return this.run(read);
    if (this.waiting.length < MOST_WAITING) this.waiting.push(read);
    else
      this.call.sendError(new CozyError('RATE_LIMIT_EXCEEDED', { message: 'Events come faster than they are done.' }));
  }

  /** What was typed is put to the model with what is being said. */
  giveHeld(): void {
    if (this.hasEnded) return;
    for (const { item, text } of this.held.splice(0)) {
      this.call.stored.said({ id: item.id, role: 'user', text });
      this.call.signal({ type: 'text.send', text, respond: false });
    }
  }

  /** The call has ended: what was typed and never put to the model is kept in its session. */
  async keepHeld(): Promise<void> {
    this.hasEnded = true;
    const held = this.held.splice(0).map(({ text }) => ({ role: 'user' as const, content: text }));
    if (held.length > 0) await this.store.keep(held);
  }

  private run(read: ReadEvent): void {
    const { call } = this;
    call.causedBy = read.id;
    call.hadError = false;
    try {
      if ('error' in read) throw read.error;
      const done = this.do(read.event);
      if (done) return this.await(done, read.id);
    } catch (error) {
      call.sendError(asCozyError(error));
    }
    call.causedBy = null;
  }

  /** The events that follow wait. */
  private await(done: Promise<void>, id: string | null): void {
    this.isBusy = true;
    this.call.causedBy = null;
    void done
      .catch((error: unknown) => {
        this.call.causedBy = id;
        this.call.sendError(asCozyError(error));
        this.call.causedBy = null;
      })
      .finally(() => {
        this.isBusy = false;
        while (!this.isBusy) {
          const next = this.waiting.shift();
          if (!next) return;
          this.run(next);
        }
      });
  }

  private do<Type extends ClientEvent['type']>(
    event: Extract<ClientEvent, { type: Type }> & { type: Type },
  ): void | Promise<void> {
    return this.handlers[event.type](event);
  }

  private readonly handlers: Handlers = {
    'session.update': ({ body }) => this.call.update(updatedSession(this.call.state, sessionDto(body.session))),
    'input_audio_buffer.append': ({ audio }) => this.call.append(audio),
    'input_audio_buffer.commit': async ({ body }) => {
      await this.call.line.drained();
      this.call.causedBy = body.event_id ?? null;
      this.giveHeld();
      this.call.signal({ type: 'audio.commit' });
      this.call.causedBy = null;
    },
    'input_audio_buffer.clear': async () => {
      this.call.line.clear();
      // What was sent before and is not dealt with yet would be heard after it was cleared.
      await this.call.line.drained();
      this.call.signal({ type: 'audio.clear' });
      this.call.send({ type: 'input_audio_buffer.cleared' });
    },
    'conversation.item.create': ({ body }) => this.createItem(body),
    'conversation.item.retrieve': ({ body }) =>
      void this.call.send({ type: 'conversation.item.retrieved', item: this.itemNamed(body.item_id) }),
    'conversation.item.truncate': ({ body }) => this.truncate(body),
    'conversation.item.delete': ({ body }) => this.deleteItem(body.item_id),
    'response.create': ({ body }) => this.respond(body),
    'response.cancel': ({ body }) => this.cancel(body),
    'output_audio_buffer.clear': () => {
      if (this.call.response?.playing) this.call.stop();
      else this.call.cleared();
    },
  };

  private createItem({ item: given, previous_item_id: previous }: ItemCreateDto): void | Promise<void> {
    const wished = itemOf(given);
    const { conversation } = this.call;
    if (conversation.find(wished.item.id)) throw refuse('item.id', 'There is an item of this id already.');
    if (previous && previous !== 'root' && !conversation.find(previous)) throw unknownItem('previous_item_id');
    return this.put(wished);
  }

  private put(wished: WishedItem): void | Promise<void> {
    const { item, text } = wished;
    switch (wished.kind) {
      case 'user':
        if (this.held.length === MOST_HELD) throw refuse('item', `${MOST_HELD} items wait for an answer already.`);
        this.held.push({ item, text });
        return this.tell(item);
      case 'system':
        this.requireRoom(text);
        this.call.systemTexts.push(text);
        this.call.apply();
        return this.tell(item);
      case 'assistant':
        return this.seed(item, text);
      case 'result':
        if (!this.call.openCalls.delete(wished.callId)) {
          throw refuse('item.call_id', 'No function call of this id waits for its output.');
        }
        this.call.stored.said({ id: item.id, role: 'tool', text });
        this.call.signal({ type: 'text.send', text, respond: false, callId: wished.callId });
        return this.tell(item);
    }
  }

  /** All of them are put to the model with every answer. */
  private requireRoom(text: string): void {
    const characters = this.call.systemTexts.reduce((sum, { length }) => sum + length, text.length);
    if (characters <= MOST_SYSTEM) return;
    throw refuse('item.content', `System messages may hold ${MOST_SYSTEM} characters together.`);
  }

  /** What the client says that the companion has said, with what it says that came before. */
  private async seed(item: Item, text: string): Promise<void> {
    const before = this.held.splice(0).map((held) => ({ role: 'user' as const, content: held.text }));
    await this.store.keep([...before, { role: 'assistant', content: text }]);
    this.tell(item);
  }

  private tell(item: Item): void {
    this.call.conversation.add(item);
    this.call.conversation.done(item);
  }

  private itemNamed(id: string): Item {
    const item = this.call.conversation.find(id);
    if (!item) throw unknownItem('item_id');
    return item;
  }

  private truncate({ item_id, content_index, audio_end_ms }: ItemTruncateDto): void {
    const item = this.itemNamed(item_id);
    if (item.type !== 'message' || item.role !== 'assistant') {
      throw refuse('item_id', 'Only what the companion has said can be truncated.');
    }
    if (content_index !== 0) throw refuse('content_index', 'content_index must be 0: an answer has one part.');
    if (this.call.response?.messageId === item_id) this.call.stop(audio_end_ms);
    this.call.send({ type: 'conversation.item.truncated', item_id, content_index, audio_end_ms });
  }

  private async deleteItem(id: string): Promise<void> {
    const item = this.itemNamed(id);
    const isHeld = this.held.some((held) => held.item === item);
    this.held = this.held.filter((held) => held.item !== item);
    const place = this.call.stored.placeOf(id);
    const isGone = isHeld || (place !== undefined && (await this.store.remove(place)));
    if (!isGone) throw new CozyError('RESOURCE_CONFLICT', { param: 'item_id', message: KEPT });
    this.call.conversation.remove(id);
    this.call.send({ type: 'conversation.item.deleted', item_id: id });
  }

  private respond({ response }: ResponseCreateDto): void {
    const { instructions, settings, next } = responseWish(response ?? {}, this.call.conversationId);
    this.giveHeld();
    const before = this.call.next;
    this.call.next = next;
    this.call.signal({ type: 'response.create', instructions, settings, unasked: true });
    // One that is refused says nothing about the next.
    if (this.call.hadError) this.call.next = before;
  }

  private cancel({ response_id: id }: ResponseCancelDto): void {
    const { response } = this.call;
    const isMeant = response !== null && (!id || id === response.id);
    if (!isMeant) {
      const param = id ? 'response_id' : undefined;
      throw new CozyError('RESOURCE_NOT_FOUND', { param, message: 'No such response is being given.' });
    }
    this.call.stop();
  }
}

const KEPT = 'This item cannot be deleted, or not yet: its answer is being given or stored.';
