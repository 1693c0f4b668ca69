import { createHash } from 'node:crypto';

/** Stands in every failure's body: finding it in an answer of ours proves that provider text was forwarded. */
export const PROVIDER_SECRET = 'sim-secret-7f3a provider internals';

/** What goes wrong. All but the first five happen after HTTP 200 and its headers. */
export type ProviderFault =
  /** An OpenAI error body with `code`; `body` replaces it (text is sent as HTML). */
  | { kind: 'status'; status: number; code?: string; headers?: Record<string, string>; body?: unknown }
  /** The request is read and never answered. */
  | { kind: 'hang-before-headers' }
  /** The socket is destroyed without an answer. */
  | { kind: 'cut-before-headers' }
  /** HTTP 200 with an HTML page. */
  | { kind: 'html' }
  /** HTTP 200 with a JSON body that holds an error. */
  | { kind: 'error-body'; code?: string | number }
  | { kind: 'hang-after-headers' }
  /** Half of the tokens, then nothing more. */
  | { kind: 'hang-mid-stream' }
  /** Half of the tokens, then the socket is destroyed. */
  | { kind: 'cut-mid-stream' }
  /** All tokens, then a clean end without `finish_reason` and without `[DONE]`. */
  | { kind: 'no-finish' }
  /** Half of the tokens, then a `data:` line that is no JSON. */
  | { kind: 'garbage-chunk' }
  /** Half of the tokens, then `data: {"error": …}`. */
  | { kind: 'error-chunk'; code?: string | number };

export interface ScriptedToolCall {
  id?: string;
  name: string;
  /** JSON text; streamed in pieces of eight characters. */
  arguments: string;
}

/** How one chat request is answered. */
export interface ProviderScript {
  /** The tokens, each its own chunk; a string is cut into words. */
  text?: string | readonly string[];
  /** Answers with the last message's own text. */
  echo?: boolean;
  toolCalls?: readonly ScriptedToolCall[];
  /** Raw chunks sent in place of `text` and `toolCalls` (fixtures); `finishReason` and `usage` are then not added. */
  chunks?: readonly unknown[];
  finishReason?: string;
  /** Where the token counts go: OpenAI's own chunk (the default), on the finish chunk, in every chunk, or nowhere. */
  usage?: 'chunk' | 'finish' | 'every' | 'none';
  /** Milliseconds before the first token and between tokens. */
  firstTokenDelayMs?: number;
  tokenDelayMs?: number;
  fault?: ProviderFault;
}

/** A script made ready: each frame is one chunk's bytes. */
export interface CompiledScript {
  readonly frames: readonly Buffer[];
  /** All of `frames` and the end, for answers without delays. */
  readonly whole: Buffer;
  readonly ending: readonly Buffer[];
  /** The body of an answer that is not streamed. */
  readonly json: Buffer;
}

export const SIMULATOR_MODEL = 'sim-model-2026-01-01';

const BASE = { id: 'chatcmpl-sim', object: 'chat.completion.chunk', created: 1_767_225_600, model: SIMULATOR_MODEL };
const DONE = Buffer.from('data: [DONE]\n\n');

export function sseFrame(data: unknown): Buffer {
  return Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
}

/** `maxTokens` cuts the answer as a real provider does. */
export function compileScript(script: ProviderScript, maxTokens = Infinity): CompiledScript {
  const tokens = tokensOf(script.text);
  const kept = tokens.slice(0, maxTokens);
  const reason = kept.length < tokens.length ? 'length' : (script.finishReason ?? naturalReason(script));
  const usage = { prompt_tokens: 12, completion_tokens: kept.length, total_tokens: 12 + kept.length };
  const frames = (script.chunks ?? bodyChunks(script, kept, usage)).map(sseFrame);
  const ending = script.chunks === undefined ? endingOf(script, reason, usage) : [DONE];
  const message = { role: 'assistant', content: kept.join(''), tool_calls: script.toolCalls?.map(wholeCall) };
  const json = { ...BASE, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: reason }], usage };
  return { frames, ending, whole: Buffer.concat([...frames, ...ending]), json: Buffer.from(JSON.stringify(json)) };
}

export function errorBody(code: string | number = 'simulated_error'): { error: Record<string, unknown> } {
  return { error: { message: `${PROVIDER_SECRET}: ${String(code)}`, type: 'simulated', param: null, code } };
}

/** A vector of unit length that depends on the text alone. */
export function simulatedVector(input: unknown, dimensions: number): number[] {
  const digest = createHash('sha256').update(JSON.stringify(input)).digest();
  const raw = Array.from({ length: dimensions }, (_, at) => (digest[at % digest.length] ?? 0) / 255 - 0.5);
  const norm = Math.hypot(...raw);
  return raw.map((value) => value / norm);
}

/** The script with its `echo` filled in from the request. */
export function echoed(script: ProviderScript, messages: unknown): ProviderScript {
  const last: unknown = script.echo === true && Array.isArray(messages) ? messages.at(-1) : undefined;
  if (typeof last !== 'object' || last === null || !('content' in last)) return script;
  return { ...script, text: String(last.content) };
}

function tokensOf(text: ProviderScript['text']): readonly string[] {
  return typeof text === 'string' ? (text.match(/\s*\S+|\s+$/g) ?? []) : (text ?? []);
}

function naturalReason(script: ProviderScript): string {
  return script.toolCalls === undefined ? 'stop' : 'tool_calls';
}

function bodyChunks(script: ProviderScript, tokens: readonly string[], usage: unknown): unknown[] {
  const every = script.usage === 'every' ? { usage } : { usage: null };
  const chunk = (delta: unknown) => ({ ...BASE, choices: [{ index: 0, delta, finish_reason: null }], ...every });
  return [
    chunk({ role: 'assistant', content: '' }),
    ...tokens.map((content) => chunk({ content })),
    ...(script.toolCalls ?? []).flatMap((call, index) => callDeltas(call, index).map(chunk)),
  ];
}

function callDeltas(call: ScriptedToolCall, index: number): unknown[] {
  const first = { ...wholeCall(call, index), function: { name: call.name, arguments: '' }, index };
  const pieces = call.arguments.match(/.{1,8}/gs) ?? [];
  const rest = pieces.map((piece) => ({ tool_calls: [{ index, function: { arguments: piece } }] }));
  return [{ content: null, tool_calls: [first] }, ...rest];
}

function wholeCall(call: ScriptedToolCall, index: number): Record<string, unknown> {
  const id = call.id ?? `call_sim_${index}`;
  return { id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}

function endingOf(script: ProviderScript, reason: string, usage: unknown): Buffer[] {
  const onFinish = script.usage === 'finish' || script.usage === 'every' ? { usage } : {};
  const finish = { ...BASE, choices: [{ index: 0, delta: {}, finish_reason: reason }], ...onFinish };
  const own = (script.usage ?? 'chunk') === 'chunk' ? [sseFrame({ ...BASE, choices: [], usage })] : [];
  return [sseFrame(finish), ...own, DONE];
}
