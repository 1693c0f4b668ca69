import type { ResponseOutputItem, ResponseOutputMessage } from 'openai/resources/responses/responses';
import type { DraftEvent, ResponseBody } from './response-draft.js';
import { eventWriter } from './response-stream.js';

type Part = ResponseOutputMessage['content'][number];

function partEvents(part: Part, at: { item_id: string; output_index: number; content_index: number }): DraftEvent[] {
  const added = { type: 'response.content_part.added' as const, ...at };
  const done: DraftEvent = { type: 'response.content_part.done', ...at, part };
  if (part.type === 'refusal') {
    return [
      { ...added, part: { type: 'refusal', refusal: '' } },
      { type: 'response.refusal.delta', ...at, delta: part.refusal },
      { type: 'response.refusal.done', ...at, refusal: part.refusal },
      done,
    ];
  }
  return [
    { ...added, part: { ...part, text: '' } },
    { type: 'response.output_text.delta', ...at, delta: part.text, logprobs: [] },
    { type: 'response.output_text.done', ...at, text: part.text, logprobs: [] },
    done,
  ];
}

function itemEvents(item: ResponseOutputItem, output_index: number): DraftEvent[] {
  const done: DraftEvent = { type: 'response.output_item.done', output_index, item };
  if (item.type === 'message') {
    const begun = { ...item, status: 'in_progress' as const, content: [] };
    return [
      { type: 'response.output_item.added', output_index, item: begun },
      ...item.content.flatMap((part, content_index) =>
        partEvents(part, { item_id: item.id, output_index, content_index }),
      ),
      done,
    ];
  }
  if (item.type !== 'function_call') return [];
  const at = { item_id: item.id ?? '', output_index };
  const begun = { ...item, status: 'in_progress' as const, arguments: '' };
  return [
    { type: 'response.output_item.added', output_index, item: begun },
    { type: 'response.function_call_arguments.delta', ...at, delta: item.arguments },
    { type: 'response.function_call_arguments.done', ...at, name: item.name, arguments: item.arguments },
    done,
  ];
}

/**
 * The events of an answer that is whole already, those up to number `after` left out. They are fewer than when it was made,
 * as each text is one piece: whoever was told more is told the end, which holds all of it.
 */
export function replayed(kept: Record<string, unknown>, after: number): string {
  const body = kept as unknown as ResponseBody;
  const { output, ...head } = body;
  const begun = { ...head, status: 'in_progress', output: [], completed_at: null, usage: undefined } as never;
  const type =
    `response.${body.status === 'failed' || body.status === 'incomplete' ? body.status : 'completed'}` as const;
  const events: DraftEvent[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...output.flatMap(itemEvents),
  ];
  const end: DraftEvent = { type, response: body as never };
  if (after >= events.length) return eventWriter(after + 1)([end]);
  events.push(end);
  const write = eventWriter();
  return events
    .map((event) => write([event]))
    .slice(Math.max(0, after + 1))
    .join('');
}
