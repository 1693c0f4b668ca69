import { Injectable } from '@nestjs/common';
import { type ContextBundle, ContextService } from '../../context/context.service.js';
import type { ChatMessage } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { noteInRequest } from '../../core/logging/request-context.js';
import { ChatMetrics, type TurnOutcome } from '../../core/metrics/chat-metrics.js';
import type { AiRequest } from '../../engines/ai/ai.port.js';
import { AnswerDraft } from './answer-draft.js';
import type { ChatCommand } from './chat-command.js';
import type { ChatEvent, TurnMetadata } from './chat-event.js';
import { splitSystem, trailing } from './new-messages.js';
import { PERSONALITY_MODEL_PREFIX, type TurnPlan, TurnPlanService } from './turn-plan.service.js';
import { type OpenedTurn, type OpenTurn, TurnRecordService } from './turn-record.service.js';

/** A turn that is ready to be put to the model. */
interface PreparedTurn {
  plan: TurnPlan;
  turn: OpenTurn;
  request: AiRequest;
  context: ContextBundle;
}

/** The story of a chat turn: load, build the context, ask the model, keep the answer. */
@Injectable()
export class ChatService {
  constructor(
    private readonly plans: TurnPlanService,
    private readonly record: TurnRecordService,
    private readonly context: ContextService,
    private readonly metrics: ChatMetrics,
    private readonly logger: Logger,
  ) {}

  /**
   * Runs one turn. Throws a CozyError while the turn is not accepted; from `start` on, failures are events. When
   * `signal` aborts, the model is stopped, what was said so far is stored as interrupted, and the stream ends.
   */
  async *run(command: ChatCommand, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    const startedAt = performance.now();
    const prepared = await this.prepare(command);
    this.metrics.stage('load', performance.now() - startedAt);
    const { plan, turn } = prepared;
    const sessionId = turn.place?.sessionId ?? null;
    noteInRequest({ personality_id: plan.personality.id, ...(sessionId && { session_id: sessionId }) });
    const draft = new AnswerDraft();
    let last: ChatEvent | undefined;
    try {
      yield { type: 'start', turnId: turn.turnId, model: plan.model, sessionId, personalityId: plan.personality.id };
      const askedAt = performance.now();
      // Read to the end here, as an iterator that is left early cancels the provider's request; and not delegated, as
      // every layer of generators costs each token.
      for await (const event of plan.engine.stream(prepared.request, signal)) {
        if (draft.isUntouched) this.metrics.firstToken(plan.engine.provider, performance.now() - startedAt);
        draft.add(event);
        if (event.type !== 'finish' && event.type !== 'error') yield event;
      }
      this.noteModelCall(plan, draft, askedAt);
    } finally {
      // Also when the consumer walks away in the middle: what was said is kept.
      last = await this.finish(command, prepared, draft, startedAt);
    }
    if (last) yield last;
  }

  private async prepare(command: ChatCommand): Promise<PreparedTurn> {
    const { model, personalityId, options } = command;
    const { system, conversation } = splitSystem(command.messages);
    // What cannot be planned is refused before anything is stored.
    const planned = this.plans.plan({ model, personalityId, sessionPersonalityId: undefined });
    refuseUnreadable(trailing(conversation), planned);
    const opened = await this.open(command, conversation, planned);
    const plan = this.plans.plan({ model, personalityId, sessionPersonalityId: opened.personalityId });
    const context = await this.context.assemble({
      personality: plan.personality,
      clientSystem: system,
      conversation: [...opened.stored, ...opened.added],
      contextWindow: plan.engine.contextWindow,
      answerTokens: options.maxTokens ?? plan.personality.ai.max_tokens,
    });
    return { plan, turn: opened.turn, context, request: modelRequest(plan, context.messages, options) };
  }

  private async open(command: ChatCommand, conversation: ChatMessage[], plan: TurnPlan): Promise<OpenedTurn> {
    const { requestId, sessionId } = command;
    const { userId } = command.principal;
    if (sessionId) {
      return this.record.openInSession({ userId, requestId, sessionId }, conversation, this.context.recentMessages);
    }
    const personalityId = plan.personality.id;
    const turn = command.store
      ? await this.record.openNewSession({ userId, requestId, personalityId }, conversation)
      : this.record.openUnstored(userId);
    return { turn, personalityId, stored: [], added: conversation };
  }

  private noteModelCall({ engine }: TurnPlan, draft: AnswerDraft, askedAt: number): void {
    this.metrics.stage('model', performance.now() - askedAt);
    this.metrics.engineCall('ai', engine.provider, draft.error?.code ?? (draft.finishReason ? 'ok' : 'aborted'));
  }

  /** Stores the answer; returns the event that ends the stream, none after an abort. */
  private async finish(
    command: ChatCommand,
    { plan, turn, request, context }: PreparedTurn,
    draft: AnswerDraft,
    startedAt: number,
  ): Promise<ChatEvent | undefined> {
    const usage = draft.isEmpty && draft.finishReason === undefined ? NO_USAGE : draft.usage(request);
    const savingAt = performance.now();
    const failure = await this.save(turn, draft, {
      personalityId: plan.personality.id,
      model: plan.model,
      provider: plan.engine.provider,
      requestId: command.requestId,
      latencyMs: Math.round(savingAt - startedAt),
      usage,
    });
    this.metrics.stage('save', performance.now() - savingAt);
    this.metrics.stage('total', performance.now() - startedAt);
    this.metrics.tokens(plan.engine.provider, plan.model, usage.promptTokens, usage.completionTokens);
    this.metrics.turn(plan.engine.provider, outcomeOf(draft, failure));

    const error = notTheCallersFault(draft.error ?? failure, command);
    if (error) {
      this.logger.warn(
        'Chat turn failed',
        { code: error.code, turn_id: turn.turnId, provider: plan.engine.provider },
        error.cause,
      );
      return { type: 'error', error };
    }
    if (!draft.finishReason) return undefined;
    return { type: 'finish', reason: draft.finishReason, usage, metadata: metadataOf(command, plan, turn, context) };
  }

  /** An answer that cannot be stored has still been given: the failure is returned, to be told after it. */
  private async save(
    turn: OpenTurn,
    draft: AnswerDraft,
    facts: Parameters<TurnRecordService['close']>[2],
  ): Promise<CozyError | undefined> {
    try {
      await this.record.close(turn, draft, facts);
      return undefined;
    } catch (error) {
      this.logger.error('The answer of a turn could not be stored', { turn_id: turn.turnId }, error);
      return error instanceof CozyError ? error : new CozyError('INTERNAL_ERROR', { cause: error });
    }
  }
}

const NO_USAGE = { promptTokens: 0, completionTokens: 0, estimated: true };

/** A model that the provider does not know is the caller's mistake only if the caller named it. */
function notTheCallersFault(error: CozyError | undefined, { model }: ChatCommand): CozyError | undefined {
  const named = model !== undefined && !model.startsWith(PERSONALITY_MODEL_PREFIX);
  if (error?.code !== 'RESOURCE_MODEL_NOT_FOUND' || named) return error;
  return new CozyError('ENGINE_FAILED', {
    message: 'The model that this server is set up with does not exist.',
    cause: error.cause,
  });
}

/** Models that see nothing but text are not to be sent pictures or sound, and to answer as if there had been none. */
function refuseUnreadable(messages: ChatMessage[], { engine, model }: TurnPlan): void {
  if (engine.capabilities.vision) return;
  const kinds = messages.flatMap(({ content }) => (Array.isArray(content) ? content.map((part) => part.type) : []));
  const unreadable = kinds.find((kind) => kind !== 'text' && kind !== 'refusal');
  if (!unreadable) return;
  throw new CozyError('ENGINE_CAPABILITY_MISSING', {
    message: `The model ${model} reads text only; it cannot take content of type "${unreadable}".`,
    param: 'messages',
  });
}

function modelRequest(plan: TurnPlan, messages: ChatMessage[], options: ChatCommand['options']): AiRequest {
  const { ai } = plan.personality;
  return {
    ...(ai.temperature !== undefined && { temperature: ai.temperature }),
    ...(ai.top_p !== undefined && { topP: ai.top_p }),
    ...(ai.max_tokens !== undefined && { maxTokens: ai.max_tokens }),
    ...options,
    model: plan.model,
    messages,
  };
}

function outcomeOf(draft: AnswerDraft, failure: CozyError | undefined): TurnOutcome {
  if (draft.error || failure) return 'failed';
  return draft.finishReason ? 'completed' : 'interrupted';
}

function metadataOf(command: ChatCommand, plan: TurnPlan, turn: OpenTurn, context: ContextBundle): TurnMetadata {
  const degraded = Object.entries(context.engines).filter(([, report]) => report.status === 'degraded');
  return {
    request_id: command.requestId,
    session_id: turn.place?.sessionId ?? null,
    personality_id: plan.personality.id,
    degraded: degraded.length > 0,
    degrade_reasons: degraded.map(([kind, report]) => `${kind}: ${report.reason ?? 'unknown'}`),
    engines: context.engines,
    token_budget: context.tokenBudget,
    executed_tools: [],
  };
}
