import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { noteInRequest } from '../../core/logging/request-context.js';
import {
  type LegacyAnswer,
  type LegacyCaller,
  LegacyUpstreams,
} from '../../engines/ai/legacy/legacy-upstreams.port.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import type { ChatCommand } from '../chat/chat-command.js';
import { PERSONALITY_MODEL_PREFIX, TurnPlanService } from '../chat/turn-plan.service.js';
import { CanaryService } from './canary.service.js';
import { type CanaryDecision, type CanaryNote, type CanaryTrial, upstreamOf } from './canary-trial.js';
import { asOurs, followed, type RelayEnd } from './relay-watch.js';

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
    const { trial, upstream } = this.decide(command);
    if (upstream === undefined) return { decided: trial.decisions };
    this.note(trial, command, upstream);
    const startedAt = performance.now();
    const end = ({ error, isWhole, begunAt }: RelayEnd) =>
      trial.ended({
        error,
        isWhole,
        milliseconds: performance.now() - startedAt,
        firstTokenMs: begunAt && begunAt - startedAt,
      });
    try {
      const answer = await this.upstreams.ask(upstream, await this.callerOf(command), body, signal);
      return { answer: { ...answer, bytes: followed(answer, end, signal) }, notes: trial.notes };
    } catch (thrown) {
      const error = signal.aborted ? undefined : asOurs(thrown);
      end({ error, isWhole: false, begunAt: undefined });
      if (error) this.logger.warn('An upstream failed', { upstream, code: error.code }, error.cause);
      throw error ?? thrown;
    }
  }

  /** The turn with who answers it, for protocols that an earlier server does not speak: it is the turn's model then. */
  async routeTurn(command: ChatCommand): Promise<ChatCommand> {
    const { trial, upstream: name } = this.decide(command);
    const decided = trial.decisions;
    if (name === undefined) return { ...command, decided };
    const upstream = this.upstreams.modelFor(name, await this.callerOf(command));
    return { ...command, decided, upstream, options: { ...command.options, ...told(command) } };
  }

  private decide(command: ChatCommand): { trial: CanaryTrial; upstream: string | undefined } {
    const all = this.tryOut(command);
    const chosen = all.decisions.find((decision) => upstreamOf(decision) !== undefined);
    return chosen ? { trial: all.through(chosen), upstream: upstreamOf(chosen) } : { trial: all, upstream: undefined };
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

  private async callerOf({ principal, requestId }: ChatCommand): Promise<LegacyCaller> {
    const user = await this.users.find(principal.userId);
    if (!user) throw new CozyError('AUTH_ACCOUNT_INACTIVE');
    const { id, username, email, role } = user;
    return { user_id: id, username, email, role, request_id: requestId };
  }

  private note({ notes }: CanaryTrial, { requestId }: ChatCommand, upstream: string): void {
    noteInRequest({ canary: notes.map(({ feature, variant }) => `${feature}=${variant}`) });
    this.logger.trusted('Canary decision', { request_id: requestId, upstream, decisions: notes });
  }
}

/** A CozyChat server's own fields, as far as the request says them. */
function told({ options, model, personalityId, personalize }: ChatCommand): Pick<ChatCommand['options'], 'extra'> {
  const isNamed = personalityId !== undefined || model?.startsWith(PERSONALITY_MODEL_PREFIX) === true;
  const named = personalityId ?? model?.slice(PERSONALITY_MODEL_PREFIX.length);
  return {
    extra: {
      ...options.extra,
      ...(isNamed && { personality_id: named }),
      ...(!personalize && { use_memory: false }),
    },
  };
}
