import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import { CozyError } from '../../core/errors/cozy.error.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import { type AiCapabilities, AiEngine, type AiEvent, type AiRequest } from './ai.port.js';
import type { EmbeddingRequest, EmbeddingResult } from './ai.port.js';
import { AiCall } from './ai-call.js';
import { cancellable } from '../cancellable.js';
import { isRecord } from '../json-record.js';
import { CompletionReader } from './openai/openai-completion.js';
import { embeddingParams, embeddingResultOf } from './openai/openai-embedding.js';
import { errorOfThrown } from '../openai/openai-errors.js';
import { errorOfBody, ProtocolError } from '../openai/provider-failure.js';
import { healthOf, modelIdsOf, ModelList } from './openai/openai-models.js';
import { chatParams, isOpenAiHost } from './openai/openai-request.js';
import { RefusedParameters } from './openai/refused-parameters.js';
import { retryDelayMs } from '../openai/openai-retry.js';
import { OPENAI_BASE_URL, openAiClient } from '../openai/openai-client.js';
import { OpenAiTransport } from '../openai/openai-transport.js';
import { StreamWatchdog } from '../openai/stream-watchdog.js';

const MODELS_TIMEOUT_MS = 2000;
const HEALTH_TIMEOUT_MS = 3000;
/** How long a provider may keep the connection after `[DONE]` before it is cut instead of kept for the next request. */
const DRAIN_MS = 250;

export interface OpenAiEngineOptions {
  /** The name that personalities and metrics use. */
  provider: string;
  /** Of any OpenAI-compatible server, with its version path (`http://localhost:11434/v1`); OpenAI's own by default. */
  baseUrl?: string;
  /** None for servers without keys, such as Ollama. */
  apiKey?: string;
  defaultModel: string;
  /** Empty: no embeddings. */
  embeddingModel: string;
  /** What callers may name; `['*']` leaves it to the provider. */
  allowedModels: string[];
  /** Tokens. */
  contextWindow: number;
  /** Whether the models read pictures. */
  vision: boolean;
  /** From the request to the first token, retries included. Also the whole time of an embedding. */
  firstTokenTimeoutMs: number;
  /** The longest silence between two chunks. */
  idleTimeoutMs: number;
  /** Further attempts before the first byte: after lost connections and statuses 408, 409, 429 and 5xx. */
  maxRetries: number;
  /** Sent with every request. */
  headers?: Record<string, string>;
}

/** Any server that speaks OpenAI's chat completions: OpenAI, Azure, Ollama, vLLM, LM Studio, LiteLLM and others. */
export class OpenAiEngine extends AiEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider: string;
  readonly capabilities: AiCapabilities;
  readonly defaultModel: string;
  readonly embeddingModel: string;
  readonly contextWindow: number;
  private readonly client: OpenAI;
  private readonly transport = new OpenAiTransport();
  private readonly isOpenAi: boolean;
  private readonly modelList: ModelList;
  private readonly refused = new RefusedParameters();
  private readonly running = new Set<AiCall>();
  private closed = false;

  constructor(private readonly options: OpenAiEngineOptions) {
    super();
    const baseUrl = options.baseUrl ?? OPENAI_BASE_URL;
    this.provider = options.provider;
    this.defaultModel = options.defaultModel;
    this.embeddingModel = options.embeddingModel;
    this.contextWindow = options.contextWindow;
    this.capabilities = {
      tools: true,
      vision: options.vision,
      embeddings: options.embeddingModel !== '',
      instructions: true,
    };
    this.isOpenAi = isOpenAiHost(baseUrl);
    this.modelList = new ModelList(options, () => this.fetchModels(MODELS_TIMEOUT_MS));
    const { apiKey, headers, firstTokenTimeoutMs: timeoutMs } = options;
    this.client = openAiClient({ baseUrl, apiKey, headers, timeoutMs }, this.transport);
  }

  override stream(request: AiRequest, signal: AbortSignal): AsyncIterable<AiEvent> {
    const call = new AiCall(signal);
    return cancellable(this.run(request, call), () => call.cancel('caller'));
  }

  override async embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingResult> {
    return this.within(this.options.firstTokenTimeoutMs, signal, async (callSignal) => {
      const params = embeddingParams(request, this.embeddingModel);
      const ask = () => this.client.embeddings.create(params, { signal: callSignal });
      const deadline = Date.now() + this.options.firstTokenTimeoutMs;
      return embeddingResultOf(await this.retrying(ask, callSignal, deadline), request);
    });
  }

  override models(): Promise<string[]> {
    return this.modelList.get();
  }

  override allows(model: string): boolean {
    return this.modelList.allows(model);
  }

  override async health(signal: AbortSignal): Promise<EngineHealth> {
    try {
      await this.fetchModels(HEALTH_TIMEOUT_MS, signal);
      return { status: 'up' };
    } catch (error) {
      return healthOf(error);
    }
  }

  override close(): Promise<void> {
    this.closed = true;
    for (const call of this.running) call.cancel('closing');
    this.transport.close();
    return Promise.resolve();
  }

  private async *run(request: AiRequest, call: AiCall): AsyncGenerator<AiEvent, void, undefined> {
    const { firstTokenTimeoutMs, idleTimeoutMs } = this.options;
    const watchdog = new StreamWatchdog(firstTokenTimeoutMs, idleTimeoutMs, () => call.cancel('timeout'));
    const reader = new CompletionReader(request.model);
    this.begin(call);
    try {
      const body = await this.open(request, call.signal);
      reader.opened = true;
      // Not delegated to another generator: each layer would cost every token three more turns of the microtask queue.
      for await (const text of body) {
        const chunksBefore = reader.chunks;
        const events = reader.push(text);
        for (const event of events) {
          watchdog.handOver();
          yield event;
          call.signal.throwIfAborted();
        }
        if (events.at(-1)?.type === 'error') return;
        if (reader.done) watchdog.endWithin(DRAIN_MS);
        else if (reader.begun && reader.chunks > chunksBefore) watchdog.heard();
      }
      call.signal.throwIfAborted();
      yield* reader.end();
    } catch (thrown) {
      yield* lastEvents(thrown, reader, call);
    } finally {
      watchdog.stop();
      this.end(call);
    }
  }

  /** The text of the answer, once the provider has begun it. */
  private async open(request: AiRequest, signal: AbortSignal): Promise<AsyncIterable<string>> {
    signal.throwIfAborted();
    const response = await this.ask(request, signal, Date.now() + this.options.firstTokenTimeoutMs);
    const body = this.transport.bodyOf(response);
    if (body !== undefined) return body;
    throw errorOfWholeAnswer(await response.text());
  }

  /** Asks; once more where the model refuses a parameter that it can be asked without. */
  private async ask(request: AiRequest, signal: AbortSignal, deadline: number): Promise<Response> {
    const known = this.refused.of(request.model);
    const params = chatParams(request, this.isOpenAi, known);
    const ask = () => this.client.chat.completions.create(params, { signal }).asResponse();
    try {
      return await this.retrying(ask, signal, deadline);
    } catch (error) {
      if (signal.aborted || !this.refused.learn(error, request, known)) throw error;
      return this.ask(request, signal, deadline);
    }
  }

  /** Asks again after failures that may pass, as long as the wait ends before the deadline. */
  private async retrying<T>(ask: () => Promise<T>, signal: AbortSignal, deadline: number): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask();
      } catch (error) {
        const delay = attempt < this.options.maxRetries ? retryDelayMs(error, attempt) : undefined;
        if (delay === undefined || signal.aborted || Date.now() + delay >= deadline) throw error;
        await sleep(delay, undefined, { signal });
      }
    }
  }

  private fetchModels(timeoutMs: number, signal = new AbortController().signal): Promise<string[]> {
    return this.within(timeoutMs, signal, async (callSignal) => {
      const response = await this.client.models.list({ signal: callSignal }).asResponse();
      return modelIdsOf(await response.json());
    });
  }

  /** Runs a call that is not streamed under a deadline; throws a CozyError. */
  private async within<T>(
    timeoutMs: number,
    caller: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const call = new AiCall(caller);
    const timer = setTimeout(() => call.cancel('timeout'), timeoutMs);
    this.begin(call);
    try {
      call.signal.throwIfAborted();
      return await work(call.signal);
    } catch (thrown) {
      throw (
        call.errorOf(thrown, (cause) => errorOfThrown(cause, false)) ??
        new CozyError('ENGINE_TIMEOUT', { cause: thrown })
      );
    } finally {
      clearTimeout(timer);
      this.end(call);
    }
  }

  private begin(call: AiCall): void {
    this.running.add(call);
    if (this.closed) call.cancel('closing');
  }

  private end(call: AiCall): void {
    this.running.delete(call);
    call.release();
  }
}

/** What follows a connection that broke. Once the answer was whole, it does not matter how it ended. */
function lastEvents(thrown: unknown, reader: CompletionReader, call: AiCall): readonly AiEvent[] {
  const error = call.errorOf(thrown, (cause) => errorOfThrown(cause, reader.opened));
  if (error === undefined) return [];
  return reader.settled ? reader.end() : [{ type: 'error', error }];
}

/** A request for a stream was answered with one JSON body or a page. */
function errorOfWholeAnswer(text: string): CozyError {
  const body = parseJson(text);
  if (isRecord(body) && 'error' in body) return errorOfBody(body.error);
  return new CozyError('ENGINE_BAD_RESPONSE', { cause: new ProtocolError('The answer is not a stream.') });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
