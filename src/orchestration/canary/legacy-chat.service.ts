import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { noteInRequest } from '../../core/logging/request-context.js';
import { type LegacyAnswer, LegacyUpstreams } from '../../engines/legacy/legacy-upstreams.port.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import type { ChatCommand } from '../chat/chat-command.js';
import { TurnPlanService } from '../chat/turn-plan.service.js';
import { CanaryService } from './canary.service.js';
import { type CanaryDecision, type CanaryNote, type CanaryTrial, upstreamOf } from './canary-trial.js';

/** Who answers an HTTP chat request: an earlier server, or this one. */
export type Routed = { answer: LegacyAnswer; notes: CanaryNote[] } | { decided: readonly CanaryDecision[] };

/** Sends those chat requests to a CozyChat server that a canary rule sends there. */
@Injectable()
export class LegacyChatService {
  constructor(
    private readonly canary: CanaryService,
    private readonly plans: TurnPlanService,
    private readonly upstreams: LegacyUpstreams,
    private readonly users: UserRepository,
    private readonly logger: Logger,
  ) {}

  /**
   * Resolves when the upstream begins to answer. Throws a CozyError where it does not, or answers with an error.
   *
   * @param body the request's JSON, as it came.
   */
  async route(command: ChatCommand, body: object, signal: AbortSignal): Promise<Routed> {
    const all = this.tryOut(command);
    const chosen = all.decisions.find((decision) => upstreamOf(decision) !== undefined);
    const upstream = chosen && upstreamOf(chosen);
    if (chosen === undefined || upstream === undefined) return { decided: all.decisions };
    const trial = all.through(chosen);
    this.note(trial, command, upstream);
    const startedAt = performance.now();
    const end = (error: CozyError | undefined, isWhole: boolean) =>
      trial.ended({ error, isWhole, milliseconds: performance.now() - startedAt });
    try {
      const answer = await this.ask(upstream, command, body, signal);
      return { answer: { ...answer, bytes: followed(answer.bytes, end, signal) }, notes: trial.notes };
    } catch (thrown) {
      const error = signal.aborted ? undefined : asOurs(thrown);
      end(error, false);
      if (error) this.logger.warn('An upstream failed', { upstream, code: error.code }, error.cause);
      throw error ?? thrown;
    }
  }

  /** A user who is not known there stays here. */
  private tryOut({ principal, sessionId, personalityId, model }: ChatCommand): CanaryTrial {
    const { userId } = principal;
    return this.canary
      .tryUpstreams({ userId, sessionId: sessionId ?? null }, () => this.plans.askedId({ model, personalityId }))
      .declinedWhere((decision) => {
        const upstream = upstreamOf(decision);
        return upstream !== undefined && !this.upstreams.knows(upstream, userId);
      });
  }

  private async ask(upstream: string, command: ChatCommand, body: object, signal: AbortSignal): Promise<LegacyAnswer> {
    const { principal, requestId } = command;
    const user = await this.users.find(principal.userId);
    if (!user) throw new CozyError('AUTH_ACCOUNT_INACTIVE');
    const { id, username, email, role } = user;
    return this.upstreams.ask(upstream, { user_id: id, username, email, role, request_id: requestId }, body, signal);
  }

  private note({ notes }: CanaryTrial, { requestId }: ChatCommand, upstream: string): void {
    noteInRequest({ canary: notes.map(({ feature, variant }) => `${feature}=${variant}`) });
    this.logger.trusted('Canary decision', { request_id: requestId, upstream, decisions: notes });
  }
}

const asOurs = (thrown: unknown): CozyError =>
  thrown instanceof CozyError ? thrown : new CozyError('INTERNAL_ERROR', { cause: thrown });

/** The bytes, and how they ended. */
async function* followed(
  bytes: AsyncIterable<Uint8Array>,
  end: (error: CozyError | undefined, isWhole: boolean) => void,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let error: CozyError | undefined;
  let isWhole = false;
  try {
    yield* bytes;
    isWhole = true;
  } catch (thrown) {
    error = signal.aborted ? undefined : asOurs(thrown);
    throw error ?? thrown;
  } finally {
    end(error, isWhole);
  }
}
