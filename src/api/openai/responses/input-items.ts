import type { ChatMessage, ChatRole, ToolCall } from '../../../core/domain/chat.js';
import { newId } from '../../../core/util/ids.js';
import { boundedText } from '../bounded-text.js';
import { isRecord } from '../messages.js';
import { asText, inputParts, outputText, readContent, refuse } from './input-content.js';
import { wireId } from './item-ids.js';

const MAX_ITEMS = 2000;
const MAX_NAME = 256;
const MAX_ID = 128;
const ROLES = ['system', 'developer', 'user', 'assistant'];
/** What a model thought and what OpenAI's own tools did: a model that is asked elsewhere has no use for it. */
const PASSED_OVER =
  /^(reasoning|compaction|compaction_trigger|additional_tools|program|program_output|[a-z_]+_(call|call_output|list_tools|approval_request|approval_response|search_output))$/;

type Raw = Record<string, unknown>;

/** An item of a request, and how it is listed afterwards. */
export interface InputItem {
  message: ChatMessage;
  item: object;
}

const idOf = (raw: Raw, made: string): string =>
  typeof raw['id'] === 'string' && raw['id'].length <= MAX_ID && raw['id'] !== '' ? raw['id'] : made;

function shortText(value: unknown, param: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_NAME) return value;
  return refuse(param, `must be a string of 1 to ${MAX_NAME} characters`);
}

function message(raw: Raw, param: string): InputItem {
  const role = raw['role'];
  if (typeof role !== 'string' || !ROLES.includes(role)) refuse(`${param}.role`, `must be one of ${ROLES.join(', ')}`);
  const content = readContent(raw['content'], `${param}.content`);
  const text = asText(content);
  const head = { type: 'message', id: idOf(raw, wireId('msg', newId())), role, status: 'completed' };
  if (role !== 'assistant') {
    return {
      message: { role: role as ChatRole, content: text ?? content },
      item: { ...head, content: inputParts(text ?? content) },
    };
  }
  const said = text ?? refuse(`${param}.content`, 'of an assistant must be text');
  return { message: { role: 'assistant', content: said }, item: { ...head, content: [outputText(said)] } };
}

function functionCall(raw: Raw, param: string): InputItem {
  const { arguments: text } = raw;
  if (typeof text !== 'string') return refuse(`${param}.arguments`, 'must be a string of JSON');
  boundedText(text, `${param}.arguments`);
  const id = shortText(raw['call_id'], `${param}.call_id`);
  const name = shortText(raw['name'], `${param}.name`);
  const call: ToolCall = { id, type: 'function', function: { name, arguments: text } };
  const item = { type: 'function_call', id: idOf(raw, wireId('fc', newId(), 0)), call_id: id, name, arguments: text };
  return { message: { role: 'assistant', content: null, tool_calls: [call] }, item: { ...item, status: 'completed' } };
}

function functionCallOutput(raw: Raw, param: string): InputItem {
  const id = shortText(raw['call_id'], `${param}.call_id`);
  const content = readContent(raw['output'], `${param}.output`);
  const item = { type: 'function_call_output', id: idOf(raw, wireId('fco', newId())), call_id: id };
  return {
    message: { role: 'tool', tool_call_id: id, content: asText(content) ?? content },
    item: { ...item, output: raw['output'], status: 'completed' },
  };
}

const READERS: Record<string, (raw: Raw, param: string) => InputItem> = {
  message,
  function_call: functionCall,
  function_call_output: functionCallOutput,
};

/** OpenAI lets messages go without their type, and references, too. */
function typeOf(raw: Raw, param: string): string {
  const type = raw['type'] ?? (raw['role'] === undefined && raw['id'] !== undefined ? 'item_reference' : 'message');
  return typeof type === 'string' ? type : refuse(`${param}.type`, 'must be a string');
}

/** Undefined for an item that says nothing to the model. Ids of references are resolved by whoever may look them up. */
function readItem(raw: unknown, param: string, referenced: ReadonlyMap<string, object>): InputItem | undefined {
  if (!isRecord(raw)) return refuse(param, 'must be an object');
  const type = typeOf(raw, param);
  if (type === 'item_reference') {
    const found = referenced.get(String(raw['id']));
    return found ? readItem(found, param, referenced) : refuse(`${param}.id`, 'names an item that there is not');
  }
  if (Object.hasOwn(READERS, type)) return READERS[type]?.(raw, param);
  return PASSED_OVER.test(type) ? undefined : refuse(`${param}.type`, 'is not a type of item that this server knows');
}

/** Ids of items that `input` refers to without saying them. */
export function referencesOf(input: unknown): string[] {
  if (!Array.isArray(input)) return [];
  return input.slice(0, MAX_ITEMS).flatMap((raw: unknown) => {
    if (!isRecord(raw) || typeof raw['id'] !== 'string') return [];
    const isReference = raw['type'] === 'item_reference' || (raw['type'] == null && raw['role'] === undefined);
    return isReference ? [raw['id']] : [];
  });
}

/** The `input` of a request or the `items` of a conversation. Throws VALIDATION_FAILED naming the exact field. */
export function readInput(input: unknown, param: string, referenced: ReadonlyMap<string, object>): InputItem[] {
  if (typeof input === 'string') return [message({ role: 'user', content: input }, param)];
  if (!Array.isArray(input) || input.length > MAX_ITEMS) {
    return refuse(param, `must be a string or a list of at most ${MAX_ITEMS} items`);
  }
  return input.flatMap((raw: unknown, index) => readItem(raw, `${param}[${index}]`, referenced) ?? []);
}

/** Calls made in one go are one message, with what was said beside them: models are shown them so. */
export function asMessages(items: readonly InputItem[]): ChatMessage[] {
  const messages: ChatMessage[] = [];
  for (const { message: next } of items) {
    const last = messages.at(-1);
    if (next.role === 'assistant' && next.tool_calls && last?.role === 'assistant') {
      messages[messages.length - 1] = { ...last, tool_calls: [...(last.tool_calls ?? []), ...next.tool_calls] };
    } else messages.push(next);
  }
  return messages;
}
