import type { PcmFrame } from '../../core/domain/audio.js';
import { EventQueue } from '../../core/util/event-queue.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import { type Candidate, firstToAnswer, standingOf } from './speech-guard.js';
import { framesOf, secondsIn } from './spoken.js';
import { type SttEvent, SttEngine, type SttOptions, type SttRecording, type Transcript } from './stt.port.js';

/** Understands one of `languages`; empty: all of them. */
export interface SttCandidate extends Candidate<SttEngine> {
  languages: readonly string[];
}

interface Hearing {
  listen: (engine: SttEngine, options: SttOptions, signal: AbortSignal) => AsyncIterable<SttEvent>;
  /** Of sound; where it is not known, the transcript may tell. */
  seconds?: number;
}

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
      async (candidate, own, isFirst) => {
        const began = performance.now();
        const asked = isFirst ? options : withoutModel(options);
        const transcript = await candidate.engine.transcribe(recording, asked, own);
        note(candidate, transcript.durationSeconds, began);
        return transcript;
      },
      signal,
    );
  }

  override follow(recording: SttRecording, options: SttOptions, signal: AbortSignal): AsyncIterable<SttEvent> {
    return this.heard(options, signal, { listen: (engine, asked, own) => engine.follow(recording, asked, own) });
  }

  override async *stream(
    speech: AsyncIterable<PcmFrame>,
    options: SttOptions,
    signal: AbortSignal,
  ): AsyncIterable<SttEvent> {
    // Kept for the next provider; none of them begins before the end of speech.
    const frames = await framesOf(speech, signal);
    yield* this.heard(options, signal, {
      listen: (engine, asked, own) => engine.stream(oneByOne(frames), asked, own),
      seconds: secondsIn(frames),
    });
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return standingOf(this.candidates[0], signal);
  }

  override async close(): Promise<void> {
    await Promise.all(this.candidates.map(({ engine }) => engine.close()));
  }

  private async *heard(
    options: SttOptions,
    signal: AbortSignal,
    { listen, seconds }: Hearing,
  ): AsyncIterable<SttEvent> {
    const left = new AbortController();
    const either = AbortSignal.any([signal, left.signal]);
    const events = new EventQueue<SttEvent>();
    const hearing = firstToAnswer(
      this.speaking(options.language),
      async (candidate, own, isFirst) => {
        const began = performance.now();
        const asked = isFirst ? options : withoutModel(options);
        for await (const event of listen(candidate.engine, asked, own)) {
          events.push(event);
          if (event.type === 'final') note(candidate, seconds ?? event.transcript.durationSeconds, began);
        }
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

function note({ guard }: SttCandidate, seconds: number | null, began: number): void {
  const { tools, provider } = guard;
  if (seconds !== null) tools.speech.heard(provider, seconds);
  tools.speech.took('stt', provider, performance.now() - began);
}

function withoutModel({ model: _model, ...options }: SttOptions): SttOptions {
  return options;
}

async function* oneByOne(frames: readonly PcmFrame[]): AsyncIterable<PcmFrame> {
  yield* frames;
}
