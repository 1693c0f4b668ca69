import type { SessionService } from '../../../orchestration/sessions/session.service.js';
import { inputParts, outputText } from './input-content.js';
import { wireId } from './item-ids.js';

type MessageRow = Awaited<ReturnType<SessionService['messagesOf']>>[number];

export type ListedItem = { id: string } & Record<string, unknown>;

function answerItems({ id, content, toolCalls }: MessageRow): ListedItem[] {
  const head = { type: 'message', role: 'assistant', status: 'completed' };
  return [
    ...(content ? [{ id: wireId('msg', id), ...head, content: [outputText(content)] }] : []),
    ...(toolCalls ?? []).map((call, index) => ({
      id: wireId('fc', id, index),
      type: 'function_call',
      call_id: call.id,
      name: call.function.name,
      arguments: call.function.arguments,
      status: 'completed',
    })),
  ];
}

/** A stored message as the items that it is told as. */
export function itemsOf(message: MessageRow): ListedItem[] {
  const { id, role, content, parts, toolCallId } = message;
  if (role === 'assistant') return answerItems(message);
  if (role === 'tool') {
    const output = parts ? inputParts(parts) : (content ?? '');
    return [{ id: wireId('fco', id), type: 'function_call_output', call_id: toolCallId, output, status: 'completed' }];
  }
  const head = { id: wireId('msg', id), type: 'message', role, status: 'completed' };
  return [{ ...head, content: inputParts(parts ?? content) }];
}
