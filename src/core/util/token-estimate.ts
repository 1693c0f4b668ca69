import { createRequire } from 'node:module';
import { LRUCache } from 'lru-cache';
import type { ChatMessage, ContentPart, ToolCall, ToolDefinition } from '../domain/chat.js';

type Tokenizer = typeof import('gpt-tokenizer/encoding/o200k_base');

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

let tokenizer: Tokenizer | undefined;
/** The same history is counted at every turn. */
const counts = new LRUCache<string, number>({
  max: 20_000,
  maxSize: 8_000_000,
  sizeCalculation: (_count, text) => text.length + 1,
});

/**
 * Loads the token table (about 200 ms of CPU and 30 MB, once a process). Optional: the first count does it otherwise.
 * Call it once the server listens, so that neither the start nor the first request pays.
 */
export function warmTokenizer(): void {
  loaded();
}

/**
 * How many tokens a text is in o200k, the vocabulary of OpenAI's present models. Exact to within the rare token that
 * spans a cut in an unbroken run of 256 characters; from 32 K characters on it is estimated from 64 spread samples, so
 * that the cost is bounded whatever the text.
 */
export function countTokens(text: string): number {
  if (text === '') return 0;
  if (text.length > CACHED_TEXT_CHARACTERS) return count(text);
  const known = counts.get(text);
  if (known !== undefined) return known;
  const counted = count(text);
  counts.set(text, counted);
  return counted;
}

/** What a conversation costs as a prompt: its texts, tool calls and pictures, and the framing the model adds. */
export function countMessageTokens(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, message) => sum + countOneMessage(message), REPLY_PRIMING);
}

/** One message's share of {@link countMessageTokens}, without the priming of the answer. */
export function countOneMessage(message: ChatMessage): number {
  const name = message.name === undefined ? 0 : countTokens(message.name) + NAME_OVERHEAD;
  return MESSAGE_OVERHEAD + name + countContent(message.content) + countToolCalls(message.tool_calls);
}

/** What the schemas of the tools cost in the prompt. */
export function countToolTokens(tools: readonly ToolDefinition[]): number {
  return tools.reduce((sum, tool) => sum + TOOL_OVERHEAD + countTokens(JSON.stringify(tool.function)), 0);
}

function countContent(content: ChatMessage['content']): number {
  if (content === null) return 0;
  if (typeof content === 'string') return countTokens(content);
  return content.reduce((sum, part) => sum + countPart(part), 0);
}

function countPart(part: ContentPart): number {
  if (typeof part['text'] === 'string') return countTokens(part['text']);
  if (typeof part['refusal'] === 'string') return countTokens(part['refusal']);
  if (part.type !== 'image_url') return OTHER_PART_TOKENS;
  const image = part['image_url'];
  const low = typeof image === 'object' && image !== null && 'detail' in image && image.detail === 'low';
  return low ? LOW_DETAIL_IMAGE_TOKENS : IMAGE_TOKENS;
}

function countToolCalls(calls: readonly ToolCall[] | undefined): number {
  if (calls === undefined) return 0;
  return calls.reduce(
    (sum, call) => sum + TOOL_CALL_OVERHEAD + countTokens(call.function.name) + countTokens(call.function.arguments),
    0,
  );
}

function loaded(): Tokenizer {
  if (tokenizer === undefined) {
    const module: Tokenizer = require('gpt-tokenizer/encoding/o200k_base');
    tokenizer = module;
    // Its own cache holds 100,000 pieces by default: tens of megabytes of other people's words.
    tokenizer.setMergeCacheSize(10_000);
  }
  return tokenizer;
}

function count(text: string): number {
  return text.length <= EXACT_CHARACTERS ? countPieces(text, 0, text.length) : countSamples(text);
}

function countSamples(text: string): number {
  const stride = text.length / SAMPLES;
  let sampled = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.floor(sample * stride);
    sampled += countPieces(text, start, start + SAMPLE_CHARACTERS);
  }
  return Math.ceil((sampled / EXACT_CHARACTERS) * text.length);
}

function countPieces(text: string, from: number, to: number): number {
  const { countTokens: countPiece } = loaded();
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
