import { CozyError } from '../../../core/errors/cozy.error.js';
import { Deadline } from '../../../core/util/deadline.js';
import type { EngineHealth } from '../../engine-health.js';
import { healthOf } from '../../engine-probe.js';
import { errorOfThrown } from '../../openai/openai-errors.js';
import { asSpeechError, type SpeechKind, speechError } from '../speech-error.js';

const HEALTH_TIMEOUT_MS = 3000;

/** The requests of one engine that are under way: each has a deadline, and all end when the engine is closed. */
export class SpeechCalls {
  private readonly running = new Set<Deadline>();
  private closed = false;

  constructor(private readonly kind: SpeechKind) {}

  /** @param milliseconds the whole time that it may take. */
  begin(caller: AbortSignal, milliseconds: number): Deadline {
    const call = new Deadline(caller, milliseconds);
    this.running.add(call);
    if (this.closed) call.cancel('closing');
    return call;
  }

  end(call: Deadline): void {
    this.running.delete(call);
    call.release();
  }

  /** What a small question says of the service. */
  health(ask: (signal: AbortSignal) => Promise<unknown>, caller: AbortSignal): Promise<EngineHealth> {
    const call = this.begin(caller, HEALTH_TIMEOUT_MS);
    const probe = async () => {
      try {
        await ask(call.signal);
      } catch (thrown) {
        throw this.errorOf(thrown, call, caller, false);
      } finally {
        this.end(call);
      }
    };
    return healthOf(probe, caller);
  }

  close(): void {
    this.closed = true;
    for (const call of this.running) call.cancel('closing');
  }

  /**
   * What to throw for a failure: the caller's own reason where it has left, else a CozyError.
   *
   * @param begun whether the answer had begun.
   */
  errorOf(thrown: unknown, call: Deadline, caller: AbortSignal, begun: boolean): unknown {
    if (caller.aborted) return caller.reason;
    if (call.endedBy === 'closing') return new CozyError('INTERNAL_SHUTTING_DOWN', { cause: thrown });
    if (call.endedBy !== undefined) return speechError(this.kind, 'ENGINE_TIMEOUT', thrown);
    return asSpeechError(this.kind, errorOfThrown(thrown, begun));
  }
}
