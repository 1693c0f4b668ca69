import type { PcmFrame } from '../../core/domain/audio.js';
import { GEN_AI } from '../../core/tracing/gen-ai.js';
import { tracedStream } from '../../core/tracing/traced-stream.js';
import type { SpanStart } from '../../core/tracing/tracer.port.js';
import { startSpan, traced } from '../../core/tracing/tracing.js';
import type { EngineHealth } from '../engine-health.js';
import { type SttEvent, SttEngine, type SttOptions, type SttRecording, type Transcript } from './stt.port.js';
import { type SpeechRequest, TtsEngine } from './tts.port.js';

// The conventions know no operation for speech yet: these are named by what they do.
function callOf(operation: string, provider: string, model: string | undefined): [string, SpanStart] {
  const attributes = { [GEN_AI.operation]: operation, [GEN_AI.provider]: provider, [GEN_AI.requestModel]: model };
  return [model === undefined ? operation : `${operation} ${model}`, { kind: 'client', attributes }];
}

/** A provider of speech to text whose calls are spans; what was said is in none of them. */
export class TracedSttEngine extends SttEngine {
  constructor(
    private readonly engine: SttEngine,
    private readonly defaultModel: string,
  ) {
    super();
  }

  get apiVersion(): number {
    return this.engine.apiVersion;
  }

  get provider(): string {
    return this.engine.provider;
  }

  override transcribe(recording: SttRecording, options: SttOptions, signal: AbortSignal): Promise<Transcript> {
    return traced(...this.call(options), () => this.engine.transcribe(recording, options, signal));
  }

  override follow(recording: SttRecording, options: SttOptions, signal: AbortSignal): AsyncIterable<SttEvent> {
    return tracedStream(startSpan(...this.call(options)), this.engine.follow(recording, options, signal));
  }

  override stream(speech: AsyncIterable<PcmFrame>, options: SttOptions, signal: AbortSignal): AsyncIterable<SttEvent> {
    return tracedStream(startSpan(...this.call(options)), this.engine.stream(speech, options, signal));
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return this.engine.health(signal);
  }

  override close(): Promise<void> {
    return this.engine.close();
  }

  private call({ model = this.defaultModel }: SttOptions) {
    return callOf('speech_to_text', this.provider, model);
  }
}

/** A provider of text to speech whose calls are spans; what is said is in none of them. */
export class TracedTtsEngine extends TtsEngine {
  constructor(
    private readonly engine: TtsEngine,
    private readonly defaultModel: string,
  ) {
    super();
  }

  get apiVersion(): number {
    return this.engine.apiVersion;
  }

  get provider(): string {
    return this.engine.provider;
  }

  override speak(request: SpeechRequest, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const askedAt = performance.now();
    const span = startSpan(...callOf('text_to_speech', this.provider, request.model ?? this.defaultModel));
    let hasBegun = false;
    return tracedStream(span, this.engine.speak(request, signal), () => {
      if (!hasBegun) span.set({ [GEN_AI.firstChunk]: (performance.now() - askedAt) / 1000 });
      hasBegun = true;
    });
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return this.engine.health(signal);
  }

  override close(): Promise<void> {
    return this.engine.close();
  }
}
