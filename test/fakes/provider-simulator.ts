import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { embeddings, isBeforeStream, modelList, readBody, sendFault, sendJson } from './provider-answers.js';
import {
  type CompiledScript,
  compileScript,
  echoed,
  errorBody,
  PROVIDER_SECRET,
  type ProviderFault,
  type ProviderScript,
  SIMULATOR_MODEL,
  sseFrame,
} from './provider-script.js';
import { SpeechSimulator, type UploadedFile } from './speech-simulator.js';

export { PROVIDER_SECRET, SIMULATOR_MODEL, type ProviderFault, type ProviderScript } from './provider-script.js';

/** One request as the provider received it. */
export interface ProviderRequest {
  readonly method: string;
  /** Below `/v1`, such as `/chat/completions`. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The parsed JSON body, or the fields of a form; `{}` for a GET. */
  readonly body: Record<string, unknown>;
  /** The file of a form. */
  readonly file?: UploadedFile;
  /** Resolves when the exchange is over: `answered`, or `aborted` when the client closed the connection first. */
  readonly outcome: Promise<'answered' | 'aborted'>;
}

export interface ProviderSimulatorOptions {
  /** How chat requests are answered when no script is queued. */
  answer?: ProviderScript;
  /** What is answered instead where the request asks for JSON by a schema. */
  structured?: ProviderScript;
  /** Ids that GET /v1/models lists. */
  models?: string[];
  /** Refuses every other key with 401. */
  apiKey?: string;
  /** False keeps no record of requests: for benches, which would hold them all. */
  record?: boolean;
  port?: number;
}

/**
 * A model provider that speaks OpenAI's wire protocol over real HTTP: POST /v1/chat/completions (streamed or not),
 * POST /v1/embeddings, GET /v1/models, and speech (`speech-simulator.ts`).
 *
 * ```ts
 * const provider = await startProviderSimulator({ answer: { text: 'Hello there.' } });
 * provider.script({ toolCalls: [{ name: 'now', arguments: '{}' }] }, { text: 'It is noon.' }); // the next two requests
 * provider.failOnce({ kind: 'status', status: 429, headers: { 'retry-after': '2' } });          // the one after them
 * const engine = new OpenAiEngine({ baseUrl: provider.url, … });
 * expect(await provider.requests[0]?.outcome).toBe('answered');
 * await provider.close();
 * ```
 *
 * Scripts are for chat requests; `failRoute` makes the other routes fail. Failure bodies hold PROVIDER_SECRET. An
 * embedding is a function of its input alone. A bench (plain JavaScript) loads this file with vite's `runnerImport`.
 */
export interface ProviderSimulator {
  /** The base URL for clients; ends with `/v1`. */
  readonly url: string;
  readonly requests: ProviderRequest[];
  /** What transcriptions and spoken texts are answered with. */
  readonly speech: SpeechSimulator;
  /** Chat requests answered so far, recorded or not. */
  readonly chats: number;
  /** How many requests lost their client before they were answered. */
  readonly aborted: number;
  /** Open TCP connections. */
  connections(): Promise<number>;
  /** Queues answers, one a chat request. */
  script(...scripts: ProviderScript[]): void;
  /** Queues one failure. */
  failOnce(fault: ProviderFault): void;
  /** Replaces the answer given when no script is queued. */
  setAnswer(script: ProviderScript): void;
  /** Makes a route (`/models`, `/embeddings`) fail until called without a fault. */
  failRoute(path: string, fault?: ProviderFault): void;
  /** Resolves with the next request that arrives. */
  nextRequest(): Promise<ProviderRequest>;
  /** Forgets scripts, failures and records. */
  reset(): void;
  close(): Promise<void>;
}

const SSE_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

export async function startProviderSimulator(options: ProviderSimulatorOptions = {}): Promise<ProviderSimulator> {
  const simulator = new Simulator(options);
  await simulator.listen(options.port ?? 0);
  return simulator;
}

class Simulator implements ProviderSimulator {
  url = '';
  requests: ProviderRequest[] = [];
  chats = 0;
  aborted = 0;
  private queue: ProviderScript[] = [];
  private answer: ProviderScript;
  private compiledAnswer: CompiledScript;
  private waiting: ((request: ProviderRequest) => void)[] = [];
  private readonly routeFaults = new Map<string, ProviderFault>();
  private readonly closing = new AbortController();
  readonly speech = new SpeechSimulator(sendFault, this.closing.signal);
  private readonly server = createServer((request, response) => {
    void this.handle(request, response).catch(() => response.destroy());
  });

  constructor(private readonly options: ProviderSimulatorOptions) {
    this.answer = options.answer ?? { text: 'Hello from the simulated provider.' };
    this.compiledAnswer = compileScript(this.answer);
    this.server.keepAliveTimeout = 60_000;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    const address = this.server.address();
    if (typeof address === 'object' && address !== null) this.url = `http://127.0.0.1:${address.port}/v1`;
  }

  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }

  script(...scripts: ProviderScript[]): void {
    this.queue.push(...scripts);
  }

  failOnce(fault: ProviderFault): void {
    this.queue.push({ text: 'This answer never ends well.', fault });
  }

  setAnswer(script: ProviderScript): void {
    this.answer = script;
    this.compiledAnswer = compileScript(script);
  }

  failRoute(path: string, fault?: ProviderFault): void {
    if (fault === undefined) this.routeFaults.delete(path);
    else this.routeFaults.set(path, fault);
  }

  nextRequest(): Promise<ProviderRequest> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  reset(): void {
    this.requests = [];
    this.queue = [];
    this.chats = 0;
    this.aborted = 0;
    this.routeFaults.clear();
    this.speech.reset();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/v1/, '').replace(/\?.*$/, '');
    const { body, file } = await readBody(request);
    this.note(request, response, { path, body, ...(file && { file }) });
    if (this.refusesKey(request)) return sendFault(response, { kind: 'status', status: 401, code: 'invalid_api_key' });
    const fault = this.routeFaults.get(path);
    if (fault !== undefined) return sendFault(response, fault);
    return this.answerTo(path, { body, file, response });
  }

  private answerTo(
    path: string,
    { body, file, response }: { body: Record<string, unknown>; file?: UploadedFile; response: ServerResponse },
  ): Promise<void> | void {
    if (path === '/chat/completions') return this.chat(body, response);
    if (path === '/embeddings') return sendJson(response, embeddings(body));
    if (path === '/audio/transcriptions') return this.speech.transcribe(body, file, response);
    if (path === '/audio/speech') return this.speech.speak(body, response);
    if (path === '/models') return sendJson(response, modelList(this.options.models ?? [SIMULATOR_MODEL]));
    sendFault(response, { kind: 'status', status: 404, code: 'unknown_url' });
  }

  private note(
    request: IncomingMessage,
    response: ServerResponse,
    said: Pick<ProviderRequest, 'path' | 'body' | 'file'>,
  ): void {
    const outcome = new Promise<'answered' | 'aborted'>((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'answered' : 'aborted'));
    });
    void outcome.then((how) => (this.aborted += how === 'aborted' ? 1 : 0));
    const record = { method: request.method ?? '', headers: request.headers, ...said, outcome };
    if (this.options.record ?? true) this.requests.push(record);
    for (const resolve of this.waiting.splice(0)) resolve(record);
  }

  private refusesKey(request: IncomingMessage): boolean {
    const { apiKey } = this.options;
    return apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`;
  }

  private async chat(body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    this.chats++;
    const asksForJson = body['response_format'] !== undefined;
    const usual = asksForJson ? (this.options.structured ?? this.answer) : this.answer;
    const script = echoed(this.queue.shift() ?? usual, body['messages']);
    const { fault } = script;
    if (fault !== undefined && isBeforeStream(fault)) return sendFault(response, fault);
    const compiled = this.compiled(script, body['max_completion_tokens'] ?? body['max_tokens']);
    if (body['stream'] !== true) return sendJson(response, compiled.json);
    response.writeHead(200, SSE_HEADERS);
    if (fault !== undefined) return this.streamThenFail(compiled, script, fault, response);
    if (hasDelays(script)) return this.streamSlowly(compiled, script, response);
    response.end(compiled.whole);
  }

  private compiled(script: ProviderScript, maxTokens: unknown): CompiledScript {
    if (typeof maxTokens === 'number') return compileScript(script, maxTokens);
    return script === this.answer ? this.compiledAnswer : compileScript(script);
  }

  private async streamSlowly(compiled: CompiledScript, script: ProviderScript, response: ServerResponse) {
    await this.pause(script.firstTokenDelayMs, response);
    await this.writeFrames(compiled.frames, script, response);
    for (const frame of compiled.ending) response.write(frame);
    response.end();
  }

  private async streamThenFail(
    compiled: CompiledScript,
    script: ProviderScript,
    fault: ProviderFault,
    response: ServerResponse,
  ) {
    response.flushHeaders();
    if (fault.kind === 'hang-after-headers') return;
    const { frames } = compiled;
    const some = fault.kind === 'no-finish' ? frames : frames.slice(0, Math.ceil(frames.length / 2));
    await this.pause(script.firstTokenDelayMs, response);
    await this.writeFrames(some, script, response);
    if (fault.kind === 'no-finish') response.end();
    if (fault.kind === 'garbage-chunk') response.end(sseFrame(`{"choices": [${PROVIDER_SECRET}`));
    if (fault.kind === 'error-chunk') response.end(sseFrame(errorBody(fault.code)));
    // What was written must leave before the socket dies: the client has to see the middle of a stream.
    if (fault.kind === 'cut-mid-stream') response.write('\n', () => response.destroy());
  }

  private async writeFrames(frames: readonly Buffer[], script: ProviderScript, response: ServerResponse) {
    for (const frame of frames) {
      if (response.destroyed) return;
      response.write(frame);
      await this.pause(script.tokenDelayMs, response);
    }
  }

  private async pause(ms: number | undefined, response: ServerResponse): Promise<void> {
    if (ms === undefined || ms === 0 || response.destroyed) return;
    await delay(ms, undefined, { signal: this.closing.signal });
  }
}

function hasDelays(script: ProviderScript): boolean {
  return (script.firstTokenDelayMs ?? 0) > 0 || (script.tokenDelayMs ?? 0) > 0;
}
