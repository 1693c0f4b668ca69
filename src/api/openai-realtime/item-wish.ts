import { CozyError } from '../../core/errors/cozy.error.js';
import { type Item, newItemId } from './conversation/server-events.js';

/** What an item that a client makes comes to. */
export type WishedItem =
  | { kind: 'user' | 'assistant' | 'system'; item: Item; text: string }
  | { kind: 'result'; item: Item; callId: string; text: string };

type Json = Record<string, unknown>;

const MOST_TEXT = 32_768;
const MOST_RESULT = 262_144;
const MOST_PARTS = 64;
const ID = /^[\x21-\x7e]{1,128}$/;

const refuse = (param: string, message: string) => new CozyError('VALIDATION_FAILED', { param, message });

/** Reads `item` of `conversation.item.create`. Throws VALIDATION_FAILED. */
export function itemOf(given: Json): WishedItem {
  const { id = newItemId(), type } = given;
  if (typeof id !== 'string' || !ID.test(id)) throw refuse('item.id', 'item.id must be 1 to 128 visible characters.');
  switch (type) {
    case 'message':
      return messageOf(id, given);
    case 'function_call_output':
      return resultOf(id, given);
    default:
      throw refuse('item.type', 'item.type must be message or function_call_output.');
  }
}

function messageOf(id: string, { role, content }: Json): WishedItem {
  if (!Array.isArray(content) || content.length === 0 || content.length > MOST_PARTS) {
    throw refuse('item.content', `item.content must be a list of 1 to ${MOST_PARTS} parts.`);
  }
  const text = content.map((part: unknown, at) => textOf(part, `item.content[${at}]`)).join('\n');
  if (text.trim() === '') throw refuse('item.content', 'item.content holds no text.');
  if (text.length > MOST_TEXT) throw refuse('item.content', `item.content may hold ${MOST_TEXT} characters at most.`);
  const base = { id, object: 'realtime.item' as const, type: 'message' as const, status: 'completed' as const };
  switch (role) {
    case 'user':
    case 'system':
      return { kind: role, item: { ...base, role, content: [{ type: 'input_text', text }] }, text };
    case 'assistant':
      return { kind: role, item: { ...base, role, content: [{ type: 'output_text', text }] }, text };
    default:
      throw refuse('item.role', 'item.role must be user, assistant or system.');
  }
}

const TEXT: readonly unknown[] = ['input_text', 'output_text', 'text'];
const SOUND: readonly unknown[] = ['input_audio', 'output_audio'];

function textOf(part: unknown, param: string): string {
  const { type, text, transcript } = (typeof part === 'object' && part !== null ? part : {}) as Json;
  if (TEXT.includes(type) && typeof text === 'string') return text;
  if (SOUND.includes(type)) {
    if (typeof transcript === 'string') return transcript;
    throw refuse(param, `${param} has no transcript. Send sound with input_audio_buffer.append.`);
  }
  if (type === 'input_image') throw refuse(param, `${param}: pictures are not looked at in calls.`);
  throw refuse(param, `${param} must be of type input_text or output_text, with a text.`);
}

function resultOf(id: string, { call_id: callId, output }: Json): WishedItem {
  if (typeof callId !== 'string' || callId === '' || callId.length > 128) {
    throw refuse('item.call_id', 'item.call_id must name the call that this is the output of.');
  }
  if (typeof output !== 'string' || output.length > MOST_RESULT) {
    throw refuse('item.output', `item.output must be a text of ${MOST_RESULT} characters at most.`);
  }
  const base = { id, object: 'realtime.item' as const, type: 'function_call_output' as const };
  return { kind: 'result', item: { ...base, status: 'completed', call_id: callId, output }, callId, text: output };
}
