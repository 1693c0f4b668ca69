import { CozyError } from '../../core/errors/cozy.error.js';
import type { LegacyAnswer, LegacyStanding } from '../../engines/ai/legacy/legacy-upstreams.port.js';

export const asOurs = (thrown: unknown): CozyError =>
  thrown instanceof CozyError ? thrown : new CozyError('INTERNAL_ERROR', { cause: thrown });

/** The bytes, and how they ended. That a caller left is no failure; what the upstream had told until then may be one. */
export async function* followed(
  answer: LegacyAnswer,
  end: (how: LegacyStanding) => void,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let broken: CozyError | undefined;
  try {
    yield* answer.bytes;
  } catch (thrown) {
    broken = signal.aborted ? undefined : asOurs(thrown);
    throw broken ?? thrown;
  } finally {
    const { error, isWhole } = answer.standing();
    end({ error: broken ?? error, isWhole: isWhole && !broken });
  }
}
