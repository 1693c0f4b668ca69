import { Injectable } from '@nestjs/common';
import { EnginesSection } from '../../core/config/sections/engines.section.js';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import type { MemoryTurn } from '../../engines/memory/memory.port.js';
import { type SaidMessage, type SaidTurn, TurnRepository } from '../../storage/messages/turn.repository.js';
import type { DrainRow } from '../../storage/outbox/outbox-drain.repository.js';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';
import type { DrainHandler } from '../jobs/job-handler.js';
import { type DrainWork, UserDrainService } from '../jobs/user-drain.service.js';
import { modelBatch } from './model-batch.js';
import { type Learning, WriteBackEngineService } from './write-back-engine.service.js';

/** Extraction by a remote product may take over 90 s. */
const DEADLINE_MS = 150_000;

/** Tells the memory and profile engines what turns have said, in each user's own order. */
@Injectable()
export class WriteBackJob implements DrainHandler {
  readonly kinds: readonly string[];

  constructor(
    private readonly engines: WriteBackEngineService,
    private readonly turns: TurnRepository,
    private readonly drains: UserDrainService,
    private readonly section: EnginesSection,
    private readonly ai: AiCatalog,
  ) {
    this.kinds = engines.kinds;
  }

  mixesUsers(kind: string): boolean {
    return this.engines.learningOf(kind).mixesUsers;
  }

  async drain(rows: readonly OutboxRow[]): Promise<void> {
    const userIds = [...new Set(rows.map(({ userId }) => userId))];
    const ids = rows.map(({ id }) => id);
    const kind = rows[0]?.kind ?? '';
    await this.drains.drain({ userIds, kind, ids }, this.workOf(this.engines.learningOf(kind)));
  }

  /** All that a user's turns have promised of a kind. False where others are at it. */
  drainUser(userId: string, kind: string): Promise<boolean> {
    return this.drains.drain({ userIds: [userId], kind }, this.workOf(this.engines.learningOf(kind)));
  }

  /** Rules and remote products get what there is; a model waits until it is worth asking. */
  private workOf(learning: Learning): DrainWork {
    return {
      choose: (rows) =>
        learning.byModel ? this.worthAModel(rows) : Promise.resolve(rows.slice(0, learning.batchSize)),
      run: async (rows) => {
        const turns = await this.turnsOf(rows);
        if (turns.length > 0) await learning.learn(turns, AbortSignal.timeout(DEADLINE_MS));
      },
      isDivisible: !learning.byModel,
    };
  }

  private async worthAModel(rows: readonly DrainRow[]): Promise<DrainRow[] | { waitMs: number }> {
    const { idle_ms: idleMs, batch_tokens: tokens } = this.section.write_back;
    return modelBatch(rows, await this.said(rows), { tokens, idleMs });
  }

  /** Without those that are gone: what was said in a session that was deleted is not to be remembered. */
  private async turnsOf(rows: readonly DrainRow[]): Promise<MemoryTurn[]> {
    const said = await this.said(rows);
    return rows.flatMap(({ userId, turnId }) => {
      const turn = said.get(turnId);
      if (turn === undefined) return [];
      const { provider, messages, ...told } = turn;
      return [{ ...told, userId, messages: this.worthTelling(messages, provider).map(asMessage) }];
    });
  }

  /** What a rule-based engine answers only says again what it was told. */
  private worthTelling(messages: readonly SaidMessage[], provider: string | null): readonly SaidMessage[] {
    const answersByRules = provider !== null && this.ai.get(provider)?.capabilities.instructions === false;
    return answersByRules ? messages.filter(({ role }) => role === 'user') : messages;
  }

  /** By turn. */
  private async said(rows: readonly DrainRow[]): Promise<Map<string, SaidTurn>> {
    return new Map((await this.turns.said(rows)).map((turn) => [turn.turnId, turn]));
  }
}

const asMessage = ({ createdAt, ...message }: SaidMessage) => ({
  ...message,
  createdAt: new Date(createdAt),
});
