import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid } from '../../core/util/ids.js';
import { type EngineChoice, type Guarded, PersonalEngines } from '../../engines/personal-engines.port.js';
import { SessionRepository } from '../../storage/sessions/session.repository.js';
import { AuditService } from '../audit/audit.service.js';

/** `unsupported`: the engine cannot tell what it has learned from one session; `disabled`: there is none. */
export type Forgotten = 'done' | 'unsupported' | 'disabled';

export interface SessionForgotten {
  memory: Forgotten;
  profile: Forgotten;
}

interface ForgettingEngine {
  provider: string;
  removeSession(userId: string, sessionId: string, signal: AbortSignal): Promise<void>;
}

const DEADLINE_MS = 15_000;

/** Deletes conversations, and what was learned from them where the user wants that, too. */
@Injectable()
export class SessionDeletionService {
  constructor(
    private readonly sessions: SessionRepository,
    private readonly engines: PersonalEngines,
    private readonly audit: AuditService,
  ) {}

  /** What was learned from it stays. */
  async delete(id: string, { userId }: Principal): Promise<void> {
    if (!isUuid(id) || !(await this.sessions.delete(id, userId))) throw new CozyError('RESOURCE_SESSION_NOT_FOUND');
    await this.audit.record({ action: 'session.delete', outcome: 'success', actorId: userId, subject: id });
  }

  /**
   * With what was learned from it. Also of a session that is deleted already, so that it can be asked for afterwards, or
   * again where an engine has failed.
   */
  async deleteAndForget(id: string, { userId, scopes }: Principal): Promise<SessionForgotten> {
    if (scopes !== null && !scopes.includes('memory:write')) {
      throw new CozyError('AUTH_SCOPE_MISSING', { details: { needed: ['memory:write'] } });
    }
    if (!isUuid(id)) throw new CozyError('RESOURCE_SESSION_NOT_FOUND');
    // First, so that no turn of it is begun to be learned from any more.
    const isNews = await this.sessions.delete(id, userId);
    if (!isNews && !(await this.sessions.existed(id, userId))) throw new CozyError('RESOURCE_SESSION_NOT_FOUND');
    const [memory, profile] = await Promise.allSettled([
      forget(this.engines.memory, userId, id),
      forget(this.engines.profile, userId, id),
    ]);
    const forgotten = { memory: valueOf(memory), profile: valueOf(profile) };
    await this.audit.record({
      action: 'session.delete',
      outcome: 'success',
      actorId: userId,
      subject: id,
      details: { forgotten },
    });
    return forgotten;
  }
}

/** In every engine that is ready; one that fails keeps none of the others from it. */
async function forget({ all }: EngineChoice<ForgettingEngine>, userId: string, sessionId: string): Promise<Forgotten> {
  if (all.length === 0) return 'disabled';
  const answers = await Promise.allSettled(all.map((guarded) => forgetIn(guarded, userId, sessionId)));
  const done = answers.map(valueOf);
  return done.includes('unsupported') ? 'unsupported' : 'done';
}

async function forgetIn(
  { engine, guard }: Guarded<ForgettingEngine>,
  userId: string,
  sessionId: string,
): Promise<Forgotten> {
  const call = (signal: AbortSignal) => engine.removeSession(userId, sessionId, signal);
  try {
    await guard.change({ userId }, call, AbortSignal.timeout(DEADLINE_MS));
    return 'done';
  } catch (error) {
    if (error instanceof CozyError && error.code === 'ENGINE_UNSUPPORTED') return 'unsupported';
    throw error;
  }
}

function valueOf<Value>(answer: PromiseSettledResult<Value>): Value {
  if (answer.status === 'fulfilled') return answer.value;
  throw answer.reason;
}
