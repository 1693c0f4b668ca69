import { CozyError } from '../../core/errors/cozy.error.js';
import type { LegacyAnswer, LegacyStanding } from '../../engines/ai/legacy/legacy-upstreams.port.js';

export const asOurs = (thrown: unknown): CozyError =>
  thrown instanceof CozyError ? thrown : new CozyError('INTERNAL_ERROR', { cause: thrown });

/** How an answer ended, and when it was seen to begin, as `performance.now` has it; undefined where it did not stream. */
export type RelayEnd = Omit<LegacyStanding, 'hasBegun'> & { begunAt: number | undefined };

/** The bytes, and how they ended. That a caller left is no failure; what the upstream had told until then may be one. */
export async function* followed(
  answer: LegacyAnswer,
  end: (how: RelayEnd) => void,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let broken: CozyError | undefined;
  let begunAt: number | undefined;
  try {
    for await (const piece of answer.bytes) {
      begunAt ??= answer.standing().hasBegun ? performance.now() : undefined;
      yield piece;
    }
  } catch (thrown) {
    broken = signal.aborted ? undefined : asOurs(thrown);
    throw broken ?? thrown;
  } finally {
    const { error, isWhole } = answer.standing();
    end({ error: broken ?? error, isWhole: isWhole && !broken, begunAt });
  }
}
