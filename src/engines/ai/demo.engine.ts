import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { CozyError } from '../../core/errors/cozy.error.js';
import { countTokens } from '../../core/util/token-estimate.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import { AiCall } from './ai-call.js';
import { type AiCapabilities, AiEngine, type AiEvent, type AiRequest } from './ai.port.js';
import type { EmbeddingRequest, EmbeddingResult } from './ai.port.js';
import { cancellable } from '../cancellable.js';
import { readConversation } from './demo/demo-conversation.js';
import { demoEmbedding } from './demo/demo-embedding.js';
import { replyTo } from './demo/demo-replies.js';
import { cutAtLimit, cutAtStop, piecesOf } from './demo/demo-stream.js';
import { wishedCall } from './demo/demo-tool-wishes.js';
import { forcedTool, sampleAnswer, sampleArguments } from './demo/demo-tools.js';

const MODEL = 'cozy-demo';
const EMBEDDING_MODEL = 'cozy-demo-embedding';
const CONTEXT_WINDOW = 32_768;
/** Pieces streamed before other requests get their turn, where there is no delay between pieces. */
const PIECES_A_TURN = 16;
const MAX_DIMENSIONS = 4096;

export interface DemoEngineOptions {
  /** Milliseconds between two words; 0 by default. */
  tokenDelayMs?: number;
}

/**
 * The built-in stand-in for a language model: needs no key, and says that it is no model. It answers by rules, the same
 * question always the same, from what the conversation holds. It counts no tokens: its usage is null, and the server
 * estimates it as for any provider that gives none. Its embeddings are lexical (see `demoEmbedding`). It calls a tool
 * only when `tool_choice` forces it to, with arguments made up from the schema.
 */
export class DemoEngine extends AiEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'demo';
  readonly capabilities: AiCapabilities = { tools: true, vision: false, embeddings: true, instructions: false };
  readonly defaultModel = MODEL;
  readonly embeddingModel = EMBEDDING_MODEL;
  readonly contextWindow = CONTEXT_WINDOW;
  private readonly tokenDelayMs: number;
  private readonly running = new Set<AiCall>();
  private closed = false;

  constructor(options: DemoEngineOptions = {}) {
    super();
    this.tokenDelayMs = options.tokenDelayMs ?? 0;
  }

  override stream(request: AiRequest, signal: AbortSignal): AsyncIterable<AiEvent> {
    const call = new AiCall(signal);
    return cancellable(this.run(request, call), () => call.cancel('caller'));
  }

  override async embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingResult> {
    const dimensions = dimensionsOf(request);
    const vectors: number[][] = [];
    let promptTokens = 0;
    for (const input of request.input) {
      if (signal.aborted) throw new CozyError('ENGINE_TIMEOUT', { cause: signal.reason });
      if (this.closed) throw new CozyError('INTERNAL_SHUTTING_DOWN');
      vectors.push(demoEmbedding(input, dimensions));
      promptTokens += typeof input === 'string' ? countTokens(input) : input.length;
      if (vectors.length % PIECES_A_TURN === 0) await nextTurn();
    }
    return { model: EMBEDDING_MODEL, vectors, promptTokens };
  }

  override models(): Promise<string[]> {
    return Promise.resolve([MODEL, EMBEDDING_MODEL]);
  }

  override allows(model: string): boolean {
    return model === MODEL || model === EMBEDDING_MODEL;
  }

  override health(): Promise<EngineHealth> {
    return Promise.resolve(this.closed ? { status: 'down', reason: 'The engine is closed.' } : { status: 'up' });
  }

  override close(): Promise<void> {
    this.closed = true;
    for (const call of this.running) call.cancel('closing');
    return Promise.resolve();
  }

  private async *run(request: AiRequest, call: AiCall): AsyncGenerator<AiEvent, void, undefined> {
    this.running.add(call);
    if (this.closed) call.cancel('closing');
    try {
      for (const [at, event] of answer(request).entries()) {
        await this.pause(at, call.signal);
        yield event;
      }
    } catch (thrown) {
      const error = call.errorOf(thrown, (cause) => asCozyError(cause));
      if (error !== undefined) yield { type: 'error', error };
    } finally {
      this.running.delete(call);
      call.release();
    }
  }

  private async pause(at: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.tokenDelayMs > 0) await sleep(this.tokenDelayMs, undefined, { signal });
    else if (at % PIECES_A_TURN === 0) await nextTurn(undefined, { signal });
  }
}

function toolCall({ messages }: AiRequest, name: string, argumentsText: string): AiEvent[] {
  const call = { type: 'tool-call-delta' as const, index: 0 };
  return [
    { ...call, id: `call_demo_${messages.length}`, name },
    { ...call, argumentsText },
    { type: 'finish', reason: 'tool_calls', usage: null, model: MODEL },
  ];
}

function answer(request: AiRequest): AiEvent[] {
  const tool = forcedTool(request);
  if (tool === 'unknown') throw new CozyError('ENGINE_REQUEST_REJECTED', { param: 'tool_choice' });
  if (tool !== 'none') return toolCall(request, tool.function.name, sampleArguments(tool));
  const wish = wishedCall(request);
  if (wish) return toolCall(request, wish.name, JSON.stringify(wish.args));
  const reply = replyTo(readConversation(request.messages));
  const text = cutAtStop(sampleAnswer(request.responseFormat, reply) ?? reply, request.stop);
  const { pieces, reason } = cutAtLimit(piecesOf(text), request.maxTokens);
  const deltas = pieces.map((piece): AiEvent => ({ type: 'text-delta', text: piece }));
  return [...deltas, { type: 'finish', reason, usage: null, model: MODEL }];
}

function dimensionsOf({ dimensions }: EmbeddingRequest): number | undefined {
  if (dimensions === undefined || (Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= MAX_DIMENSIONS)) {
    return dimensions;
  }
  throw new CozyError('ENGINE_REQUEST_REJECTED', { param: 'dimensions' });
}

function asCozyError(cause: unknown): CozyError {
  return cause instanceof CozyError ? cause : new CozyError('INTERNAL_ERROR', { cause });
}
