import { ENGINE_API_VERSION, type EngineHealth } from '../engine-health.js';
import { type Candidate, firstToAnswer, standingOf } from './speech-guard.js';
import { speechError } from './speech-error.js';
import { type SpeechRequest, TtsEngine } from './tts.port.js';

/** A voice that has begun. */
interface Opened {
  candidate: Candidate<TtsEngine>;
  first: Uint8Array;
  rest: AsyncIterator<Uint8Array>;
}

/**
 * Providers in order: where one fails or is too slow before its first sound, the next one speaks; later, nobody could go
 * on in the same voice. Names of models and voices are the first one's.
 */
export class FallbackTtsEngine extends TtsEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider: string;

  constructor(private readonly candidates: readonly [Candidate<TtsEngine>, ...Candidate<TtsEngine>[]]) {
    super();
    this.provider = candidates[0].engine.provider;
  }

  override async *speak(request: SpeechRequest, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const began = performance.now();
    const { candidate, first, rest } = await firstToAnswer(
      this.candidates,
      (asked, own, isFirst) => opened(asked, isFirst ? request : withoutNames(request), { own, caller: signal }),
      signal,
    );
    const { tools, provider } = candidate.guard;
    tools.speech.took('tts_first', provider, performance.now() - began);
    // Where the breaker tried the provider out, the caller's signal has not been the engine's.
    const leave = () => void rest.return?.();
    signal.addEventListener('abort', leave, { once: true });
    try {
      yield first;
      for (let piece = await rest.next(); piece.done !== true; piece = await rest.next()) yield piece.value;
      signal.throwIfAborted();
      tools.speech.spoke(provider, request.text.length);
      tools.speech.took('tts', provider, performance.now() - began);
    } catch (error) {
      candidate.guard.brokeOff(error, signal);
      throw error;
    } finally {
      signal.removeEventListener('abort', leave);
      await rest.return?.();
    }
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return standingOf(this.candidates[0], signal);
  }

  override async close(): Promise<void> {
    await Promise.all(this.candidates.map(({ engine }) => engine.close()));
  }
}

async function opened(
  candidate: Candidate<TtsEngine>,
  request: SpeechRequest,
  { own, caller }: { own: AbortSignal; caller: AbortSignal },
): Promise<Opened> {
  const rest = candidate.engine.speak(request, own)[Symbol.asyncIterator]();
  const begun = await rest.next();
  if (caller.aborted) await rest.return?.();
  if (begun.done === true) throw speechError('tts', 'ENGINE_BAD_RESPONSE');
  return { candidate, first: begun.value, rest };
}

function withoutNames({ model: _model, voice: _voice, ...request }: SpeechRequest): SpeechRequest {
  return request;
}
