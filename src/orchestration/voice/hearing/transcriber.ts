import type { PcmFrame } from '../../../core/domain/audio.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { SttEngine, SttOptions } from '../../../engines/speech/stt.port.js';
import type { VoiceClock } from '../voice-clock.js';

/** From the end of an utterance to its words, fallbacks included. The engines' own deadlines are shorter. */
const DEADLINE_MS = 15_000;

export interface TranscriberSetup {
  /** Null where nothing is configured for it. */
  stt: SttEngine | null;
  clock: VoiceClock;
  onPartial: (utteranceId: string, text: string) => void;
  onFinal: (utteranceId: string, text: string) => void;
  onFailure: (utteranceId: string, error: CozyError) => void;
}

/** Turns the utterances of a call into words, several at a time. */
export class Transcriber {
  private readonly running = new Map<string, { abort: AbortController; stopTimer: () => void; done: Promise<void> }>();

  constructor(private readonly setup: TranscriberSetup) {}

  begin(utteranceId: string, speech: AsyncIterable<PcmFrame>, options: SttOptions): void {
    const abort = new AbortController();
    const running = { abort, stopTimer: () => undefined, done: Promise.resolve() };
    this.running.set(utteranceId, running);
    running.done = this.run(utteranceId, speech, options, abort.signal);
  }

  /** The utterance has ended: its words are due. */
  expect(utteranceId: string): void {
    const running = this.running.get(utteranceId);
    if (!running) return;
    running.stopTimer = this.setup.clock.after(DEADLINE_MS, () => {
      this.fail(utteranceId, new CozyError('ENGINE_TIMEOUT'));
      running.abort.abort(new DOMException('The call took too long.', 'TimeoutError'));
    });
  }

  /** Its words are wanted no more. */
  drop(utteranceId: string): void {
    const running = this.running.get(utteranceId);
    this.finish(utteranceId);
    running?.abort.abort(new DOMException('The call was cancelled.', 'AbortError'));
  }

  /** Resolves when nothing is looked for any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  /** Idempotent. */
  close(): void {
    for (const utteranceId of this.running.keys()) this.drop(utteranceId);
  }

  private async run(
    id: string,
    speech: AsyncIterable<PcmFrame>,
    options: SttOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const { stt, onPartial, onFinal } = this.setup;
    try {
      if (!stt)
        throw new CozyError('ENGINE_UNSUPPORTED', { message: 'This server has nothing that understands speech.' });
      for await (const event of stt.stream(speech, options, signal)) {
        if (signal.aborted) return;
        if (event.type === 'partial') onPartial(id, event.text);
        else if (this.finish(id)) onFinal(id, event.transcript.text);
      }
      this.fail(id, new CozyError('ENGINE_STREAM_CUT'));
    } catch (thrown) {
      if (signal.aborted) return;
      this.fail(id, thrown instanceof CozyError ? thrown : new CozyError('INTERNAL_ERROR', { cause: thrown }));
    }
  }

  /** Nothing where the utterance has its words already, or is not waited for. */
  private fail(utteranceId: string, error: CozyError): void {
    if (this.finish(utteranceId)) this.setup.onFailure(utteranceId, error);
  }

  /** False where it was finished before. */
  private finish(utteranceId: string): boolean {
    this.running.get(utteranceId)?.stopTimer();
    return this.running.delete(utteranceId);
  }
}
