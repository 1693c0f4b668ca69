import type { OpenAI } from 'openai';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Deadline } from '../../core/util/deadline.js';
import { cancellable } from '../cancellable.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import { openAiClient } from '../openai/openai-client.js';
import { ProtocolError } from '../openai/provider-failure.js';
import { OpenAiTransport } from '../openai/openai-transport.js';
import { StreamWatchdog } from '../openai/stream-watchdog.js';
import { SpeechCalls } from './openai/speech-calls.js';
import { errorOfNoSound } from './openai/whole-answer.js';
import { type SpeechRequest, TtsEngine } from './tts.port.js';

/** Of one text, however slowly its sound is taken. */
const WHOLE_MS = 600_000;
/** An hour of raw sound; what sends more has lost its mind. */
const MOST_BYTES = 200_000_000;

export interface OpenAiTtsOptions {
  provider: string;
  /** OpenAI's own where absent. */
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
  model: string;
  voice: string;
  /** What callers may name; `['*']` leaves it to the provider. */
  models: string[];
  /** From the text to its first sound. */
  timeoutMs: number;
  /** The longest silence between two pieces of sound. */
  idleTimeoutMs: number;
}

/** Any server that speaks OpenAI's speech route: OpenAI, Kokoro, Piper servers, LocalAI and others. */
export class OpenAiTtsEngine extends TtsEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider: string;
  private readonly transport = new OpenAiTransport();
  private readonly client: OpenAI;
  private readonly calls = new SpeechCalls('tts');

  constructor(private readonly settings: OpenAiTtsOptions) {
    super();
    this.provider = settings.provider;
    const { baseUrl, apiKey } = settings;
    this.client = openAiClient({ baseUrl, apiKey, timeoutMs: WHOLE_MS }, this.transport);
  }

  override speak(request: SpeechRequest, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const left = new AbortController();
    return cancellable(this.run(request, signal, left.signal), () => left.abort());
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return this.calls.health((own) => this.client.models.list({ signal: own }).asResponse(), signal);
  }

  override close(): Promise<void> {
    this.calls.close();
    this.transport.close();
    return Promise.resolve();
  }

  private async *run(
    request: SpeechRequest,
    signal: AbortSignal,
    left: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const call = this.calls.begin(signal, WHOLE_MS);
    const leave = () => call.cancel('caller');
    left.addEventListener('abort', leave, { once: true });
    const watchdog = new StreamWatchdog(this.settings.timeoutMs, this.settings.idleTimeoutMs, () =>
      call.cancel('timeout'),
    );
    const state = { begun: false };
    try {
      const response = await this.ask(request, call);
      state.begun = true;
      const body = this.transport.bytesOf(response);
      if (body === undefined) throw errorOfNoSound(await response.text());
      yield* pieces(body, watchdog, call);
    } catch (thrown) {
      if (left.aborted) return;
      throw this.calls.errorOf(thrown, call, signal, state.begun);
    } finally {
      left.removeEventListener('abort', leave);
      watchdog.stop();
      this.calls.end(call);
    }
  }

  private ask(request: SpeechRequest, call: Deadline): Promise<Response> {
    const { text, format, model = this.settings.model, voice = this.settings.voice, speed, instructions } = request;
    if (!this.allows(model)) throw new CozyError('RESOURCE_MODEL_NOT_FOUND', { param: 'model' });
    const params = {
      input: text,
      model,
      voice,
      response_format: format,
      ...(speed !== undefined && { speed }),
      ...(instructions !== undefined && instructions !== '' && { instructions }),
    };
    return this.client.audio.speech.create(params, { signal: call.signal }).asResponse();
  }

  private allows(model: string): boolean {
    const { models } = this.settings;
    return models.includes('*') || model === this.settings.model || models.includes(model);
  }
}

async function* pieces(
  body: AsyncIterable<Uint8Array>,
  watchdog: StreamWatchdog,
  call: Deadline,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new ProtocolError('The sound does not end.');
    watchdog.handOver();
    yield piece;
    call.signal.throwIfAborted();
    watchdog.heard();
  }
  call.signal.throwIfAborted();
  if (bytes === 0) throw new ProtocolError('The answer holds no sound.');
}
