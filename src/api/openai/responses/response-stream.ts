import { CozyError } from '../../../core/errors/cozy.error.js';
import type { ChatEvent } from '../../../orchestration/chat/chat-event.js';
import type { EventStream } from '../../http/event-stream.js';
import { type DraftEvent, type ResponseBody, ResponseDraft } from './response-draft.js';

/** Makes the draft of a turn that has been accepted. */
export type BeginDraft = (start: Extract<ChatEvent, { type: 'start' }>) => ResponseDraft;

/** Keeps an answer, so that it can be asked for by its id; resolves when it can. */
export type KeepBody = (body: ResponseBody, turnId: string, sessionId: string | null) => Promise<void>;

export interface StreamOptions {
  begin: BeginDraft;
  keep: KeepBody;
  /** Called before the last bytes of a whole answer. */
  onFinish: () => void;
}

/** Writes events in the protocol's form, numbered from 0. */
export function eventWriter(): (events: readonly DraftEvent[]) => string {
  let next = 0;
  return (events) =>
    events
      .map((event) => {
        const numbered = JSON.stringify({ ...event, sequence_number: next });
        next += 1;
        return `event: ${event.type}\ndata: ${numbered}\n\n`;
      })
      .join('');
}

/**
 * Writes a turn as OpenAI's events. What fails before the first of them is sent is thrown, so that it becomes an HTTP
 * status; later failures travel in the stream.
 */
export async function streamResponse(
  events: AsyncIterable<ChatEvent>,
  stream: EventStream,
  { begin, keep, onFinish }: StreamOptions,
): Promise<void> {
  const write = eventWriter();
  let draft: ResponseDraft | undefined;
  let turn: Extract<ChatEvent, { type: 'start' }> | undefined;
  let opening = '';
  const end = async ({ events: last, body }: { events: DraftEvent[]; body: ResponseBody }) => {
    if (turn) await keep(body, turn.turnId, turn.sessionId);
    stream.end(opening + write(last));
  };
  for await (const event of events) {
    if (event.type === 'start') {
      turn = event;
      draft = begin(event);
      opening = write(draft.begin());
    } else if (draft && event.type === 'finish') {
      const last = draft.finish(event);
      onFinish();
      return end(last);
    } else if (draft && event.type === 'error') {
      if (!stream.isStarted) throw event.error;
      return end(draft.fail(event.error));
    } else if (draft) {
      const text = write(draft.add(event));
      if (text === '') continue;
      await stream.write(opening + text);
      opening = '';
    }
  }
  if (!stream.isOpen) return;
  const stopped = new CozyError('INTERNAL_SHUTTING_DOWN');
  if (!stream.isStarted || !draft) throw stopped;
  stream.end(opening + write(draft.fail(stopped).events));
}

/** Gathers a turn into one answer. Undefined where the turn was aborted; throws what failed. */
export async function collectResponse(
  events: AsyncIterable<ChatEvent>,
  { begin, keep }: Pick<StreamOptions, 'begin' | 'keep'>,
): Promise<ResponseBody | undefined> {
  let draft: ResponseDraft | undefined;
  let turn: Extract<ChatEvent, { type: 'start' }> | undefined;
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
