import type { ChatMessage, ContentPart } from '../../../core/domain/chat.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { boundedContent, boundedText } from '../bounded-text.js';
import { isRecord } from '../messages.js';

const MAX_PARTS = 256;

type Raw = Record<string, unknown>;

export function refuse(param: string, reason: string): never {
  throw new CozyError('VALIDATION_FAILED', { message: `${param} ${reason}.`, param });
}

const textPart =
  (key: string) =>
  (raw: Raw, param: string): ContentPart =>
    typeof raw[key] === 'string' ? { type: 'text', text: raw[key] } : refuse(`${param}.${key}`, 'must be a string');

function image(raw: Raw, param: string): ContentPart {
  const url = raw['image_url'];
  if (typeof url !== 'string') {
    return refuse(`${param}.image_url`, 'must be a URL or a data: URL; this server keeps no files');
  }
  const detail = raw['detail'];
  return { type: 'image_url', image_url: { url, ...(typeof detail === 'string' && { detail }) } };
}

function file(raw: Raw, param: string): ContentPart {
  const { file_data: data, file_id: id, filename } = raw;
  if (typeof data !== 'string' && typeof id !== 'string') {
    return refuse(`${param}.file_data`, 'must be the file itself as base64; this server fetches none');
  }
  const name = typeof filename === 'string' && { filename };
  return { type: 'file', file: typeof data === 'string' ? { file_data: data, ...name } : { file_id: id, ...name } };
}

const audio = (raw: Raw, param: string): ContentPart =>
  isRecord(raw['input_audio'])
    ? { type: 'input_audio', input_audio: raw['input_audio'] }
    : refuse(`${param}.input_audio`, 'must be an object with data and format');

const READERS: Record<string, (raw: Raw, param: string) => ContentPart> = {
  input_text: textPart('text'),
  output_text: textPart('text'),
  text: textPart('text'),
  summary_text: textPart('text'),
  refusal: textPart('refusal'),
  input_image: image,
  input_file: file,
  input_audio: audio,
};

/** Text, or parts of the Responses API, as models take them in chat completions. */
export function readContent(value: unknown, param: string): string | ContentPart[] {
  if (typeof value === 'string') return boundedText(value, param);
  if (!Array.isArray(value) || value.length > MAX_PARTS) {
    return refuse(param, `must be a string or a list of at most ${MAX_PARTS} parts`);
  }
  const parts = value.map((part: unknown, index) => {
    const at = `${param}[${index}]`;
    const type = isRecord(part) ? part['type'] : undefined;
    const reader = typeof type === 'string' && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
    if (!isRecord(part) || !reader) return refuse(`${at}.type`, `must be one of ${Object.keys(READERS).join(', ')}`);
    return reader(part, at);
  });
  return boundedContent(parts, param);
}

/** A list of texts and nothing else is one text. */
export function asText(content: string | ContentPart[]): string | undefined {
  if (typeof content === 'string') return content;
  if (!content.every((part) => part.type === 'text')) return undefined;
  return content.map((part) => String(part['text'])).join('');
}

const WRITERS: Record<string, (part: ContentPart) => object> = {
  text: ({ text }) => ({ type: 'input_text', text }),
  image_url: ({ image_url: picture }) => {
    const { url, detail } = picture as { url?: unknown; detail?: unknown };
    return { type: 'input_image', image_url: url ?? null, detail: detail ?? 'auto', file_id: null };
  },
  file: ({ file: attached }) => ({ type: 'input_file', ...(attached as object) }),
};

/** A stored content as parts of the Responses API. */
export function inputParts(content: ChatMessage['content']): object[] {
  if (content === null) return [];
  if (typeof content === 'string') return [{ type: 'input_text', text: content }];
  return content.map((part) => WRITERS[part.type]?.(part) ?? part);
}

export const outputText = (text: string) => ({ type: 'output_text' as const, text, annotations: [], logprobs: [] });
