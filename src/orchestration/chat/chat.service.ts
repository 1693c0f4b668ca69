import { Injectable } from '@nestjs/common';
import type { PromisedWork } from '../../core/domain/write-back.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { noteInRequest } from '../../core/logging/request-context.js';
import { ChatMetrics, type TurnOutcome } from '../../core/metrics/chat-metrics.js';
import type { Span } from '../../core/tracing/tracer.port.js';
import { eachWithin, within } from '../../core/tracing/tracing.js';
import type { CanaryNote } from '../canary/canary-trial.js';
import type { AnswerDraft } from './answer-draft.js';
import type { ChatCommand } from './chat-command.js';
import type { ChatEvent, TurnMetadata } from './chat-event.js';
import type { ModelRound } from './model-round.js';
import { WriteBackService } from '../memory/write-back.service.js';
import { SUMMARY_PROMISE } from '../summaries/summary.job.js';
import { PERSONALITY_MODEL_PREFIX, type TriedPlan, type TurnPlan } from './turn-plan.service.js';
import { type PreparedTurn, TurnPreparationService } from './turn-preparation.service.js';
import { TurnClock } from './turn-clock.js';
import { TurnRecordService } from './turn-record.service.js';
import { beginTurn, noteEnd, notePlan, preparing } from './turn-span.js';

/** The story of a chat turn: load, build the context, ask the model and run its tools, keep the answer. */
@Injectable()
export class ChatService {
  constructor(
    private readonly preparation: TurnPreparationService,
    private readonly record: TurnRecordService,
    private readonly writeBack: WriteBackService,
    private readonly metrics: ChatMetrics,
    private readonly logger: Logger,
  ) {}

  /**
   * Runs one turn. Throws a CozyError while the turn is not accepted; from `start` on, failures are events. When
   * `signal` aborts, the model is stopped, what was said so far is stored as interrupted, and the stream ends.
   */
  async *run(command: ChatCommand, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    const clock = new TurnClock();
    const span = beginTurn();
    const prepared = await preparing(span, () => this.preparation.prepare(command, signal, clock));
    this.metrics.stage('load', clock.elapsed);
    const { plan, turn, draft } = prepared;
    const sessionId = turn.place?.sessionId ?? null;
    noteInRequest({ personality_id: plan.personality.id, ...(sessionId && { session_id: sessionId }) });
    notePlan(span, prepared);
    this.noteTrial(prepared, command);
    let last: ChatEvent | undefined;
    try {
      const { turnId } = turn;
      const personalityId = plan.personality.id;
      yield { type: 'start', turnId, answerId: draft.messageId, model: plan.model, sessionId, personalityId };
      yield* this.answer(prepared, clock, span, signal);
    } finally {
      // Also when the consumer walks away in the middle: what was said is kept.
      last = await within(span, () => this.finish(command, prepared, clock));
      noteEnd(span, prepared, last);
    }
    if (last) yield last;
  }

  /** Asks the model, runs what it calls and asks again, until the answer is whole. */
  private async *answer(
    { plan, draft, loop }: PreparedTurn,
    clock: TurnClock,
    span: Span,
    signal: AbortSignal,
  ): AsyncGenerator<ChatEvent> {
    while (loop.goesOn) {
      const askedAt = performance.now();
      // Read to the end, as an iterator that is left early cancels the provider's request.
      clock.leave();
      for await (const event of within(span, () => plan.engine.stream(draft.round.request, signal))) {
        clock.back();
        const wasUntouched = draft.isUntouched;
        const visible = loop.see(event);
        if (wasUntouched && !draft.isUntouched) this.metrics.firstToken(plan.engine.provider, clock.begun());
        clock.leave();
        if (visible) yield visible;
      }
      clock.back();
      this.noteModelCall(plan, draft.round, askedAt);
      clock.leave();
      yield* eachWithin(span, loop.next(signal));
      clock.back();
    }
  }

  private noteModelCall({ engine }: TurnPlan, round: ModelRound, askedAt: number): void {
    this.metrics.stage('model', performance.now() - askedAt);
    this.metrics.engineCall('ai', engine.provider, round.error?.code ?? (round.finishReason ? 'ok' : 'aborted'));
  }

  private noteTrial({ plan: { trial }, turn }: PreparedTurn, { requestId, upstream }: ChatCommand): void {
    const { notes } = trial;
    if (notes.length === 0) return;
    noteInRequest({ canary: notes.map(({ feature, variant }) => `${feature}=${variant}`) });
    // The requests' own lines tell it of HTTP only; messages of sockets and spoken turns have none.
    const facts = { request_id: requestId, turn_id: turn.turnId, ...(upstream && { upstream: upstream.provider }) };
    this.logger.trusted('Canary decision', { ...facts, decisions: notes });
  }

  /** Stores the answer; returns the event that ends the stream, none after an abort. */
  private async finish(command: ChatCommand, prepared: PreparedTurn, clock: TurnClock): Promise<ChatEvent | undefined> {
    const { plan, turn, draft } = prepared;
    // A consumer that walked away did so while somebody else was waited for.
    clock.back();
    const { usage } = draft;
    const milliseconds = clock.elapsed;
    const spoken = command.spoken?.delivered(notTheCallersFault(draft.error, command, plan));
    if (spoken) draft.keepOnly(await clock.elsewhere(Promise.resolve(spoken)));
    if (command.isWhole) draft.forgetUnseen();
    const savingAt = performance.now();
    const failure = await this.save(command, prepared, {
      personalityId: plan.personality.id,
      model: plan.model,
      provider: plan.engine.provider,
      requestId: command.requestId,
      latencyMs: Math.round(clock.elapsed),
      usage,
      costUsd: this.metrics.costUsd(plan.engine.provider, plan.model, usage.promptTokens, usage.completionTokens),
      metadata: { ...command.spoken?.metadata, ...canaryOf(plan) },
      jobs: this.promises(command, prepared),
    });
    this.metrics.stage('save', performance.now() - savingAt);
    this.metrics.stage('total', clock.elapsed);
    this.metrics.overhead(clock.own);
    this.metrics.tokens(plan.engine.provider, plan.model, usage.promptTokens, usage.completionTokens);
    this.metrics.turn(plan.engine.provider, outcomeOf(draft, failure));

    const error = notTheCallersFault(draft.error ?? failure, command, plan);
    const isWhole = draft.finishReason !== undefined;
    plan.trial.ended({ error, isWhole, milliseconds, firstTokenMs: clock.firstToken });
    if (error) {
      this.logger.warn(
        'Chat turn failed',
        { code: error.code, turn_id: turn.turnId, provider: plan.engine.provider },
        error.cause,
      );
      return { type: 'error', error };
    }
    if (!draft.finishReason) return undefined;
    const messageId = turn.place && draft.messageId;
    return {
      type: 'finish',
      reason: draft.finishReason,
      usage,
      messageId,
      metadata: metadataOf(command, prepared, clock),
    };
  }

  /** What is said to an earlier server is for its memory, not for this one's. */
  private promises({ spoken, upstream }: ChatCommand, { plan, context }: PreparedTurn): PromisedWork[] {
    const learning = upstream || spoken?.isLearned === false ? [] : this.writeBack.promises(plan.personality);
    return [...learning, ...(context.isSummaryDue ? [SUMMARY_PROMISE] : [])];
  }

  /** An answer that cannot be stored has still been given: the failure is returned, to be told after it. */
  private async save(
    { upstream }: ChatCommand,
    { plan, turn, draft }: PreparedTurn,
    facts: Parameters<TurnRecordService['close']>[2],
  ): Promise<CozyError | undefined> {
    try {
      await Promise.all([this.record.close(turn, draft, facts), ...draft.records]);
      if (turn.place && !upstream) await this.writeBack.finish(plan.personality, turn.userId);
      return undefined;
    } catch (error) {
      this.logger.error('The answer of a turn could not be stored', { turn_id: turn.turnId }, error);
      return error instanceof CozyError ? error : new CozyError('INTERNAL_ERROR', { cause: error });
    }
  }
}

/** A model that the provider does not know is the caller's mistake only if the caller named it. */
function notTheCallersFault(
  error: CozyError | undefined,
  { model }: ChatCommand,
  plan: TurnPlan,
): CozyError | undefined {
  const named = model !== undefined && model === plan.model && !model.startsWith(PERSONALITY_MODEL_PREFIX);
  if (error?.code !== 'RESOURCE_MODEL_NOT_FOUND' || named) return error;
  return new CozyError('ENGINE_FAILED', {
    message: 'The model that this server is set up with does not exist.',
    cause: error.cause,
  });
}

function outcomeOf(draft: AnswerDraft, failure: CozyError | undefined): TurnOutcome {
  if (draft.error || failure) return 'failed';
  return draft.finishReason && !draft.isCut ? 'completed' : 'interrupted';
}

/** Nothing where no canary rule was for the turn. */
const canaryOf = ({ trial: { notes } }: TriedPlan): { canary?: CanaryNote[] } =>
  notes.length > 0 ? { canary: notes } : {};

function metadataOf(
  command: ChatCommand,
  { plan, turn, context, draft }: PreparedTurn,
  clock: TurnClock,
): TurnMetadata {
  const degraded = Object.entries(context.engines).filter(([, report]) => report.status === 'degraded');
  return {
    request_id: command.requestId,
    session_id: turn.place?.sessionId ?? null,
    personality_id: plan.personality.id,
    degraded: degraded.length > 0,
    degrade_reasons: degraded.map(([kind, report]) => `${kind}: ${report.reason ?? 'unknown'}`),
    engines: context.engines,
    token_budget: context.tokenBudget,
    executed_tools: draft.executedTools,
    ...canaryOf(plan),
    overhead_ms: Math.round(clock.own * 100) / 100,
  };
}
