import type { OpenAI } from 'openai';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { PcmFrame } from '../../core/domain/audio.js';
import type { Deadline } from '../../core/util/deadline.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import { openAiClient } from '../openai/openai-client.js';
import { OpenAiTransport } from '../openai/openai-transport.js';
import { StreamWatchdog } from '../openai/stream-watchdog.js';
import { SpeechCalls } from './openai/speech-calls.js';
import { TranscriptReader, transcriptOf } from './openai/stt-answer.js';
import { isGpt, sttParams } from './openai/stt-request.js';
import { recordingOf } from './spoken.js';
import { type SttEvent, SttEngine, type SttOptions, type SttRecording, type Transcript } from './stt.port.js';

/** Of one spoken sentence, once its transcript has begun. */
const UTTERANCE_MS = 60_000;

export interface OpenAiSttOptions {
  provider: string;
  /** OpenAI's own where absent. */
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
  model: string;
  /** Asked where times are wanted and the model tells none. */
  timedModel: string;
  /** What callers may name; `['*']` leaves it to the provider. */
  models: string[];
  /** From the end of speech to the first words. */
  timeoutMs: number;
  /** The longest silence between two pieces of a transcript. */
  idleTimeoutMs: number;
  /** The whole time of a recording. */
  recordingTimeoutMs: number;
}

/** One request: what is sent, and how long it may take until it begins and until it ends. */
interface Hearing {
  recording: SttRecording;
  options: SttOptions;
  firstMs: number;
  wholeMs: number;
}

/** Any server that speaks OpenAI's transcriptions: OpenAI, Groq, faster-whisper servers, LocalAI and others. */
export class OpenAiSttEngine extends SttEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider: string;
  private readonly transport = new OpenAiTransport();
  private readonly client: OpenAI;
  private readonly calls = new SpeechCalls('stt');

  constructor(private readonly settings: OpenAiSttOptions) {
    super();
    this.provider = settings.provider;
    const { baseUrl, apiKey, recordingTimeoutMs: timeoutMs } = settings;
    this.client = openAiClient({ baseUrl, apiKey, timeoutMs }, this.transport);
  }

  override async transcribe(recording: SttRecording, options: SttOptions, signal: AbortSignal): Promise<Transcript> {
    const ms = this.settings.recordingTimeoutMs;
    return this.whole({ recording, options, firstMs: ms, wholeMs: ms }, signal);
  }

  override follow(recording: SttRecording, options: SttOptions, signal: AbortSignal): AsyncIterable<SttEvent> {
    const ms = this.settings.recordingTimeoutMs;
    return this.events({ recording, options, firstMs: ms, wholeMs: ms }, signal);
  }

  override async *stream(
    speech: AsyncIterable<PcmFrame>,
    options: SttOptions,
    signal: AbortSignal,
  ): AsyncIterable<SttEvent> {
    const recording = await recordingOf(speech, signal);
    yield* this.events({ recording, options, firstMs: this.settings.timeoutMs, wholeMs: UTTERANCE_MS }, signal);
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return this.calls.health((own) => this.client.models.list({ signal: own }).asResponse(), signal);
  }

  override close(): Promise<void> {
    this.calls.close();
    this.transport.close();
    return Promise.resolve();
  }

  private async whole(hearing: Hearing, signal: AbortSignal): Promise<Transcript> {
    const call = this.calls.begin(signal, hearing.firstMs);
    try {
      const response = await this.ask(hearing, call, false);
      return transcriptOf(await response.text());
    } catch (thrown) {
      throw this.calls.errorOf(thrown, call, signal, false);
    } finally {
      this.calls.end(call);
    }
  }

  private async *events(hearing: Hearing, signal: AbortSignal): AsyncGenerator<SttEvent, void, undefined> {
    const { timed } = hearing.options;
    if (timed === true || !isGpt(this.modelOf(hearing.options))) {
      yield { type: 'final', transcript: await this.whole(hearing, signal) };
      return;
    }
    const call = this.calls.begin(signal, hearing.wholeMs);
    const watchdog = new StreamWatchdog(hearing.firstMs, this.settings.idleTimeoutMs, () => call.cancel('timeout'));
    let begun = false;
    try {
      const response = await this.ask(hearing, call, true);
      begun = true;
      const body = this.transport.bodyOf(response);
      if (body === undefined) yield { type: 'final', transcript: transcriptOf(await response.text()) };
      else yield* this.read(body, watchdog, call);
    } catch (thrown) {
      throw this.calls.errorOf(thrown, call, signal, begun);
    } finally {
      watchdog.stop();
      this.calls.end(call);
    }
  }

  private async *read(
    body: AsyncIterable<string>,
    watchdog: StreamWatchdog,
    call: Deadline,
  ): AsyncGenerator<SttEvent, void, undefined> {
    const reader = new TranscriptReader();
    for await (const text of body) {
      for (const event of reader.push(text)) {
        watchdog.handOver();
        yield event;
      }
      watchdog.heard();
    }
    call.signal.throwIfAborted();
    const final = reader.end();
    if (final === undefined) throw new CozyError('ENGINE_STREAM_CUT');
    yield final;
  }

  private ask({ recording, options }: Hearing, call: Deadline, streaming: boolean): Promise<Response> {
    const params = sttParams(recording, options, this.modelOf(options));
    const { transcriptions } = this.client.audio;
    const { signal } = call;
    if (!streaming) return transcriptions.create(params, { signal }).asResponse();
    return transcriptions.create({ ...params, stream: true }, { signal }).asResponse();
  }

  private modelOf({ model = this.settings.model, timed }: SttOptions): string {
    const { models, timedModel } = this.settings;
    if (!models.includes('*') && model !== this.settings.model && !models.includes(model)) {
      throw new CozyError('RESOURCE_MODEL_NOT_FOUND', { param: 'model' });
    }
    return timed === true && isGpt(model) ? timedModel : model;
  }
}
