import { CozyError } from '../../core/errors/cozy.error.js';
import type { PersonalEngines } from '../../engines/personal-engines.port.js';
import type { EngineKind, GuardedEngine } from '../../engines/resilience/resilience.port.js';

/** What came of it: `unsupported` engines have no way to be told, which an operator must see to. */
export type ForgetOutcome = 'done' | 'unsupported' | 'failed';

export interface ForgetReport {
  kind: EngineKind;
  provider: string;
  outcome: ForgetOutcome;
  /** Why it failed. */
  code?: string;
}

interface Forgetting {
  guard: GuardedEngine;
  call: (signal: AbortSignal) => Promise<void>;
}

/** Deleting much may take a service long; the engines have shorter deadlines of their own. */
const DEADLINE_MS = 60_000;

/** Has the engines that keep a user's data elsewhere delete all of it; those in this database are not asked. */
export async function forgetRemotely(engines: PersonalEngines, userId: string): Promise<ForgetReport[]> {
  const { memory, profile, knowledge } = engines;
  const remote = [memory, profile, knowledge].filter((guarded) => guarded?.engine.isRemote === true);
  return Promise.all(
    remote.flatMap((guarded) =>
      guarded
        ? [forget({ guard: guarded.guard, call: (signal) => guarded.engine.removeAll(userId, signal) }, userId)]
        : [],
    ),
  );
}

async function forget({ guard, call }: Forgetting, userId: string): Promise<ForgetReport> {
  const { kind, provider } = guard;
  try {
    await guard.change({ userId }, call, AbortSignal.timeout(DEADLINE_MS));
    return { kind, provider, outcome: 'done' };
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENGINE_UNSUPPORTED'
      ? { kind, provider, outcome: 'unsupported' }
      : { kind, provider, outcome: 'failed', code };
  }
}

export const codeOf = (error: unknown): string => {
  if (error instanceof CozyError) return error.code;
  return error instanceof Error ? error.name : 'INTERNAL_ERROR';
};
