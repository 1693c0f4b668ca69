import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { PersonalEngines } from '../../engines/personal-engines.port.js';
import type { MemoryTurn } from '../../engines/memory/memory.port.js';
import { TurnRepository } from '../../storage/messages/turn.repository.js';
import { OutboxDrainRepository } from '../../storage/outbox/outbox-drain.repository.js';
import { OutboxRepository, type OutboxRow } from '../../storage/outbox/outbox.repository.js';
import { SessionRepository } from '../../storage/sessions/session.repository.js';
import type { JobHandler } from '../jobs/job-handler.js';
import { drainUser } from '../jobs/user-drain.js';

/** Extraction by a remote product may take over 90 s. */
const DEADLINE_MS = 150_000;

export const MEMORY_ADD = 'memory.add';
export const PROFILE_UPDATE = 'profile.update';

/** Tells the memory and profile engines what turns have said, in each user's own order. */
@Injectable()
export class WriteBackJob implements JobHandler {
  readonly kinds = [MEMORY_ADD, PROFILE_UPDATE];

  constructor(
    private readonly engines: PersonalEngines,
    private readonly turns: TurnRepository,
    private readonly sessions: SessionRepository,
    private readonly drains: OutboxDrainRepository,
    private readonly outbox: OutboxRepository,
  ) {}

  run(row: OutboxRow): Promise<boolean> {
    return drainUser(row, { drains: this.drains, outbox: this.outbox }, (next) => this.write(next));
  }

  private async write(row: OutboxRow): Promise<void> {
    const turn = await this.turnOf(row);
    if (!turn) return;
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const { memory, profile } = this.engines;
    const scope = { userId: row.userId };
    if (row.kind === MEMORY_ADD) await memory?.guard.change(scope, (s) => memory.engine.add(turn, s), signal);
    else if (row.kind === PROFILE_UPDATE)
      await profile?.guard.change(scope, (s) => profile.engine.update(turn, s), signal);
    else throw new CozyError('INTERNAL_ERROR', { message: `No engine does ${row.kind}.` });
  }

  /** Undefined where the session has been deleted meanwhile: what was said in it is not to be remembered. */
  private async turnOf({ sessionId, userId, turnId }: OutboxRow): Promise<MemoryTurn | undefined> {
    if (!sessionId) return undefined;
    const session = await this.sessions.find(sessionId, userId);
    const messages = await this.turns.said({ sessionId, userId, turnId });
    if (!session || messages.length === 0) return undefined;
    return { userId, sessionId, turnId, personalityId: session.personalityId, messages };
  }
}
