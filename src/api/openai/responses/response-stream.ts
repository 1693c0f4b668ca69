import { CozyError } from '../../../core/errors/cozy.error.js';
import type { ChatEvent } from '../../../orchestration/chat/chat-event.js';
import type { EventStream } from '../../http/event-stream.js';
import { type DraftEvent, type ResponseBody, ResponseDraft } from './response-draft.js';

type Start = Extract<ChatEvent, { type: 'start' }>;

/** Makes the draft of a turn that has been accepted. */
type BeginDraft = (start: Start) => ResponseDraft;

/** Keeps an answer, so that it can be asked for by its id; resolves when it can. */
type KeepBody = (body: ResponseBody, turnId: string, sessionId: string | null) => Promise<void>;

interface StreamOptions {
  begin: BeginDraft;
  keep: KeepBody;
  /** Called before the last bytes of a whole answer. */
  onFinish: () => void;
}

/** Writes events in the protocol's form, numbered. */
export function eventWriter(first = 0): (events: readonly DraftEvent[]) => string {
  let next = first;
  return (events) =>
    events
      .map((event) => {
        const numbered = JSON.stringify({ ...event, sequence_number: next });
        next += 1;
        return `event: ${event.type}\ndata: ${numbered}\n\n`;
      })
      .join('');
}

/** A turn on its way to a caller. What was not sent yet when it fails is not sent: the failure becomes an HTTP status. */
class ToldResponse {
  private readonly write = eventWriter();
  private draft: ResponseDraft | undefined;
  private turn: Start | undefined;
  /** The first events: they wait for something to be said after them. */
  private opening = '';

  constructor(
    private readonly stream: EventStream,
    private readonly options: StreamOptions,
  ) {}

  /** True when the turn is over. */
  async see(event: ChatEvent): Promise<boolean> {
    if (event.type === 'start') {
      this.turn = event;
      this.draft = this.options.begin(event);
      this.opening = this.write(this.draft.begin());
    } else if (event.type === 'error') await this.fail(event.error);
    else if (event.type === 'finish' && this.draft) {
      const last = this.draft.finish(event);
      this.options.onFinish();
      await this.end(last);
    } else if (this.draft) await this.tell(this.draft.add(event));
    return event.type === 'error' || event.type === 'finish';
  }

  async fail(error: CozyError): Promise<void> {
    if (!this.stream.isStarted || !this.draft) throw error;
    await this.end(this.draft.fail(error));
  }

  private async tell(events: readonly DraftEvent[]): Promise<void> {
    if (events.length === 0) return;
    const text = this.opening + this.write(events);
    this.opening = '';
    await this.stream.write(text);
  }

  private async end({ events, body }: { events: DraftEvent[]; body: ResponseBody }): Promise<void> {
    if (this.turn) await this.options.keep(body, this.turn.turnId, this.turn.sessionId);
    this.stream.end(this.opening + this.write(events));
  }
}

/**
 * Writes a turn as OpenAI's events. What fails before the first of them is sent is thrown, so that it becomes an HTTP
 * status; later failures travel in the stream.
 */
export async function streamResponse(
  events: AsyncIterable<ChatEvent>,
  stream: EventStream,
  options: StreamOptions,
): Promise<void> {
  const told = new ToldResponse(stream, options);
  for await (const event of events) if (await told.see(event)) return;
  if (stream.isOpen) await told.fail(new CozyError('INTERNAL_SHUTTING_DOWN'));
}

/** Gathers a turn into one answer. Undefined where the turn was aborted; throws what failed. */
export async function collectResponse(
  events: AsyncIterable<ChatEvent>,
  { begin, keep }: Pick<StreamOptions, 'begin' | 'keep'>,
): Promise<ResponseBody | undefined> {
  let draft: ResponseDraft | undefined;
  let turn: Start | undefined;
  for await (const event of events) {
    if (event.type === 'start') {
      turn = event;
      draft = begin(event);
    }
    if (event.type === 'error') throw event.error;
    if (draft && turn && event.type === 'finish') {
      const { body } = draft.finish(event);
      await keep(body, turn.turnId, turn.sessionId);
      return body;
    }
    draft?.add(event);
  }
  return undefined;
}
