import { createRequire } from 'node:module';
import { LRUCache } from 'lru-cache';
import type { ChatMessage, ContentPart, ToolCall, ToolDefinition } from '../domain/chat.js';

type Tokenizer = typeof import('gpt-tokenizer/encoding/o200k_base');

/** A vocabulary. Other makers' models have their own; `o200k_base` is then an estimate. */
export type Encoding = 'o200k_base' | 'cl100k_base';

const DEFAULT_ENCODING: Encoding = 'o200k_base';
/** GPT-4 and GPT-3.5 by OpenAI's and Azure's names, also behind a gateway's prefix; not GPT-4o, 4.1 or 4.5. */
const CL100K_MODEL = /(?:^|\/)(?:gpt-4(?:$|[-:](?!o))|gpt-3\.?5|text-embedding-)/;

/** The tokenizer's worst case is quadratic in the longest run without a break, so no piece may be longer than this. */
const PIECE_CHARACTERS = 256;
/** Longer texts are counted by samples: nobody's budget needs the exact count of a megabyte. */
const EXACT_CHARACTERS = 32_768;
const SAMPLES = 64;
const SAMPLE_CHARACTERS = EXACT_CHARACTERS / SAMPLES;

const SPACE = 0x20;
const CACHED_TEXT_CHARACTERS = 16_384;
const MESSAGE_OVERHEAD = 3;
const NAME_OVERHEAD = 1;
const REPLY_PRIMING = 3;
const TOOL_CALL_OVERHEAD = 8;
const TOOL_OVERHEAD = 8;
/** What OpenAI bills for a picture: low detail, and 1024 × 1024 in high detail. */
const LOW_DETAIL_IMAGE_TOKENS = 85;
const IMAGE_TOKENS = 765;
const OTHER_PART_TOKENS = 256;

const require = createRequire(import.meta.url);
/** "<|endoftext|>" typed by a user is text, not an instruction. */
const SPECIAL_TOKENS_ARE_TEXT = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

const tokenizers = new Map<Encoding, Tokenizer>();

/** The same history is counted at every turn. */
const newCounts = () =>
  new LRUCache<string, number>({
    max: 20_000,
    maxSize: 8_000_000,
    sizeCalculation: (_count, text) => text.length + 1,
  });
const counts = { o200k_base: newCounts(), cl100k_base: newCounts() };

/** The vocabulary of a model, by its name. */
export const encodingOf = (model: string): Encoding => (CL100K_MODEL.test(model) ? 'cl100k_base' : DEFAULT_ENCODING);

/**
 * Loads the token table (about 200 ms of CPU and 30 MB, once a process). Optional: the first count does it otherwise.
 * Call it once the server listens, so that neither the start nor the first request pays.
 */
export function warmTokenizer(): void {
  loaded(DEFAULT_ENCODING);
}

/**
 * How many tokens a text is, by default in o200k, the vocabulary of OpenAI's present models. Exact to within the rare token that
 * spans a cut in an unbroken run of 256 characters; from 32 K characters on it is estimated from 64 spread samples, so
 * that the cost is bounded whatever the text.
 */
export function countTokens(text: string, encoding: Encoding = DEFAULT_ENCODING): number {
  if (text === '') return 0;
  if (text.length > CACHED_TEXT_CHARACTERS) return count(text, encoding);
  const known = counts[encoding].get(text);
  if (known !== undefined) return known;
  const counted = count(text, encoding);
  counts[encoding].set(text, counted);
  return counted;
}

/** What a conversation costs as a prompt: its texts, tool calls and pictures, and the framing the model adds. */
export function countMessageTokens(messages: readonly ChatMessage[], encoding?: Encoding): number {
  return messages.reduce((sum, message) => sum + countOneMessage(message, encoding), REPLY_PRIMING);
}

/** One message's share of {@link countMessageTokens}, without the priming of the answer. */
export function countOneMessage(message: ChatMessage, encoding?: Encoding): number {
  const name = message.name === undefined ? 0 : countTokens(message.name, encoding) + NAME_OVERHEAD;
  const content = countContent(message.content, encoding);
  return MESSAGE_OVERHEAD + name + content + countToolCalls(message.tool_calls, encoding);
}

/** What the schemas of the tools cost in the prompt. */
export function countToolTokens(tools: readonly ToolDefinition[], encoding?: Encoding): number {
  return tools.reduce((sum, tool) => sum + TOOL_OVERHEAD + countTokens(JSON.stringify(tool.function), encoding), 0);
}

function countContent(content: ChatMessage['content'], encoding?: Encoding): number {
  if (content === null) return 0;
  if (typeof content === 'string') return countTokens(content, encoding);
  return content.reduce((sum, part) => sum + countPart(part, encoding), 0);
}

function countPart(part: ContentPart, encoding?: Encoding): number {
  if (typeof part['text'] === 'string') return countTokens(part['text'], encoding);
  if (typeof part['refusal'] === 'string') return countTokens(part['refusal'], encoding);
  if (part.type !== 'image_url') return OTHER_PART_TOKENS;
  const image = part['image_url'];
  const low = typeof image === 'object' && image !== null && 'detail' in image && image.detail === 'low';
  return low ? LOW_DETAIL_IMAGE_TOKENS : IMAGE_TOKENS;
}

function countToolCalls(calls: readonly ToolCall[] | undefined, encoding?: Encoding): number {
  if (calls === undefined) return 0;
  const countCall = ({ function: { name, arguments: text } }: ToolCall) =>
    TOOL_CALL_OVERHEAD + countTokens(name, encoding) + countTokens(text, encoding);
  return calls.reduce((sum, call) => sum + countCall(call), 0);
}

function loaded(encoding: Encoding): Tokenizer {
  const known = tokenizers.get(encoding);
  if (known !== undefined) return known;
  const tokenizer: Tokenizer = require(`gpt-tokenizer/encoding/${encoding}`);
  // Its own cache holds 100,000 pieces by default: tens of megabytes of other people's words.
  tokenizer.setMergeCacheSize(10_000);
  tokenizers.set(encoding, tokenizer);
  return tokenizer;
}

function count(text: string, encoding: Encoding): number {
  if (text.length > EXACT_CHARACTERS) return countSamples(text, encoding);
  return countPieces(text, { from: 0, to: text.length }, encoding);
}

function countSamples(text: string, encoding: Encoding): number {
  const stride = text.length / SAMPLES;
  let sampled = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.floor(sample * stride);
    sampled += countPieces(text, { from: start, to: start + SAMPLE_CHARACTERS }, encoding);
  }
  return Math.ceil((sampled / EXACT_CHARACTERS) * text.length);
}

function countPieces(text: string, { from, to }: { from: number; to: number }, encoding: Encoding): number {
  const { countTokens: countPiece } = loaded(encoding);
  let sum = 0;
  for (let start = from; start < to;) {
    const end = pieceEnd(text, start, to);
    sum += countPiece(text.slice(start, end), SPECIAL_TOKENS_ARE_TEXT);
    start = end;
  }
  return sum;
}

/** Cuts before a space where there is one, as tokens begin with their space; never inside a surrogate pair. */
function pieceEnd(text: string, start: number, limit: number): number {
  const end = start + PIECE_CHARACTERS;
  if (end >= limit) return limit;
  for (let at = end; at > start; at--) {
    // A space after another space belongs to a run of them, which is one token: cutting there would split it.
    if (text.charCodeAt(at) === SPACE && text.charCodeAt(at - 1) > SPACE) return at;
  }
  return isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}
