import type { PcmFrame } from '../../core/domain/audio.js';
import { EventQueue } from '../../core/util/event-queue.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import { type Candidate, firstToAnswer } from './speech-guard.js';
import { framesOf } from './spoken.js';
import { type SttEvent, SttEngine, type SttOptions, type SttRecording, type Transcript } from './stt.port.js';

/** Understands one of `languages`; empty: all of them. */
export interface SttCandidate extends Candidate<SttEngine> {
  languages: readonly string[];
}

type Listen = (engine: SttEngine, options: SttOptions, signal: AbortSignal) => AsyncIterable<SttEvent>;

/** Providers in order: where one fails or is too slow, the next one is asked. A model's name is the first one's. */
export class FallbackSttEngine extends SttEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider: string;

  constructor(private readonly candidates: readonly [SttCandidate, ...SttCandidate[]]) {
    super();
    this.provider = candidates[0].engine.provider;
  }

  override transcribe(recording: SttRecording, options: SttOptions, signal: AbortSignal): Promise<Transcript> {
    return firstToAnswer(
      this.speaking(options.language),
      ({ engine }, own, isFirst) => engine.transcribe(recording, isFirst ? options : withoutModel(options), own),
      signal,
    );
  }

  override follow(recording: SttRecording, options: SttOptions, signal: AbortSignal): AsyncIterable<SttEvent> {
    return this.heard(options, signal, (engine, asked, own) => engine.follow(recording, asked, own));
  }

  override async *stream(
    speech: AsyncIterable<PcmFrame>,
    options: SttOptions,
    signal: AbortSignal,
  ): AsyncIterable<SttEvent> {
    // Kept for the next provider; none of them begins before the end of speech.
    const frames = await framesOf(speech, signal);
    yield* this.heard(options, signal, (engine, asked, own) => engine.stream(oneByOne(frames), asked, own));
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return this.candidates[0].engine.health(signal);
  }

  override async close(): Promise<void> {
    await Promise.all(this.candidates.map(({ engine }) => engine.close()));
  }

  private async *heard(options: SttOptions, signal: AbortSignal, listen: Listen): AsyncIterable<SttEvent> {
    const left = new AbortController();
    const either = AbortSignal.any([signal, left.signal]);
    const events = new EventQueue<SttEvent>();
    const hearing = firstToAnswer(
      this.speaking(options.language),
      async ({ engine }, own, isFirst) => {
        const asked = isFirst ? options : withoutModel(options);
        for await (const event of listen(engine, asked, own)) events.push(event);
      },
      either,
    ).finally(() => events.end());
    // Told below; while the events are read, nobody is listening to it.
    hearing.catch(() => undefined);
    try {
      yield* events;
      signal.throwIfAborted();
      await hearing;
    } finally {
      left.abort();
    }
  }

  /** Those that understand the language; all of them where none claims to. */
  private speaking(language: string | undefined): readonly SttCandidate[] {
    const able = this.candidates.filter(
      ({ languages }) => language === undefined || languages.length === 0 || languages.includes(language),
    );
    return able.length === 0 ? this.candidates : able;
  }
}

function withoutModel({ model: _model, ...options }: SttOptions): SttOptions {
  return options;
}

async function* oneByOne(frames: readonly PcmFrame[]): AsyncIterable<PcmFrame> {
  yield* frames;
}
