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

/** Deleting much may take a service long; the engines have shorter deadlines of their own. */
const DEADLINE_MS = 60_000;

/** Has the engines that keep a user's data elsewhere delete all of it; those in this database are not asked. */
export async function forgetRemotely(engines: PersonalEngines, userId: string): Promise<ForgetReport[]> {
  const known = [...engines.memory.all, ...engines.profile.all, ...engines.knowledge.all];
  const remote = known.filter(({ engine }) => engine.isRemote);
  return Promise.all(
    remote.map(({ engine, guard }) => forget(guard, userId, (signal) => engine.removeAll(userId, signal))),
  );
}

async function forget(
  guard: GuardedEngine,
  userId: string,
  call: (signal: AbortSignal) => Promise<void>,
): Promise<ForgetReport> {
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
