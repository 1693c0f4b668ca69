import { Injectable } from '@nestjs/common';
import { type ContextBundle, ContextService } from '../../context/context.service.js';
import { NO_PAST } from '../../context/past.js';
import { type ChatMessage, textOf } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { AiRequest } from '../../engines/ai/ai.port.js';
import { AnswerDraft } from './answer-draft.js';
import { type ChatCommand, tryingOf } from './chat-command.js';
import { ModelRound } from './model-round.js';
import { splitSystem, trailing } from './new-messages.js';
import type { ToolLoop } from './tool-loop.js';
import type { TurnClock } from './turn-clock.js';
import { TurnPersonalService } from './turn-personal.service.js';
import { type TriedPlan, type TurnPlan, TurnPlanService } from './turn-plan.service.js';
import { type OpenedTurn, type OpenTurn, TurnRecordService } from './turn-record.service.js';
import { type TurnTools, TurnToolsService } from './turn-tools.service.js';

/** A turn that is ready to be put to the model. */
export interface PreparedTurn {
  plan: TriedPlan;
  turn: OpenTurn;
  context: ContextBundle;
  draft: AnswerDraft;
  loop: ToolLoop;
}

/** The first half of a turn: who answers, what was said so far, what the model gets to read and may call. */
@Injectable()
export class TurnPreparationService {
  constructor(
    private readonly plans: TurnPlanService,
    private readonly record: TurnRecordService,
    private readonly context: ContextService,
    private readonly personal: TurnPersonalService,
    private readonly tools: TurnToolsService,
  ) {}

  /** Throws a CozyError where the turn is not accepted; what was said is stored when it is. */
  async prepare(command: ChatCommand, signal: AbortSignal, clock: TurnClock): Promise<PreparedTurn> {
    const { model, personalityId, options } = command;
    const { system, conversation } = splitSystem(command.messages);
    // What cannot be planned is refused before anything is stored.
    const news = trailing(conversation);
    const trying = { ...tryingOf(command), suits: (plan: TurnPlan) => unreadableIn(news, plan) === undefined };
    const planned = this.plans.planFor(trying, { model, personalityId, sessionPersonalityId: undefined });
    refuseUnreadable(news, planned);
    const text = textOf(news.findLast(({ role }) => role === 'user')?.content ?? null);
    const lookUp = this.personal.begin(command, text, signal);
    const opened = await this.open(command, conversation, planned);
    const plan = this.plans.planFor(trying, { model, personalityId, sessionPersonalityId: opened.personalityId });
    const personal = await clock.elsewhere(lookUp(plan));
    const tools = this.tools.toolsOf(command, plan);
    const context = this.context.assemble({
      personality: command.upstream ? null : plan.personality,
      clientSystem: system,
      personal,
      past: opened.past,
      added: opened.added,
      tools: tools.definitions,
      model: plan.model,
      contextWindow: plan.engine.contextWindow,
      answerTokens: options.maxTokens ?? plan.personality.ai.max_tokens,
    });
    const own = command.upstream ? {} : plan.personality.ai;
    const request = modelRequest(plan.model, own, { messages: context.messages, tools }, options);
    const draft = new AnswerDraft(new ModelRound(request));
    const loop = this.tools.loop(command, plan, tools, draft, { turn: opened.turn, bundle: context });
    return { plan, turn: opened.turn, context, draft, loop };
  }

  private async open(command: ChatCommand, conversation: ChatMessage[], plan: TriedPlan): Promise<OpenedTurn> {
    const { requestId, sessionId, spoken } = command;
    const { userId } = command.principal;
    const who = {
      userId,
      requestId,
      ...(spoken && { metadata: spoken.metadata, unasked: spoken.unasked === true }),
    };
    if (sessionId) {
      const { recentMessages } = this.context;
      const place = { ...who, sessionId };
      return command.goesOnAfter === undefined
        ? this.record.openInSession(place, conversation, recentMessages)
        : this.record.openContinuing(place, conversation, recentMessages, command.goesOnAfter);
    }
    // A session outlives a canary: it is begun with whom the caller asked for.
    const personalityId = plan.asked.id;
    if (!command.store) return this.record.openUnstored({ ...who, personalityId }, conversation);
    const turn = await this.record.openNewSession({ ...who, personalityId }, conversation);
    return { turn, personalityId, past: NO_PAST, added: conversation };
  }
}

/** Models that see nothing but text are not to be sent pictures or sound, and to answer as if there had been none. */
function refuseUnreadable(messages: ChatMessage[], plan: TurnPlan): void {
  const unreadable = unreadableIn(messages, plan);
  if (!unreadable) return;
  throw new CozyError('ENGINE_CAPABILITY_MISSING', {
    message: `The model ${plan.model} reads text only; it cannot take content of type "${unreadable}".`,
    param: 'messages',
  });
}

/** The kind of content that the model cannot read. */
function unreadableIn(messages: ChatMessage[], { engine }: TurnPlan): string | undefined {
  if (engine.capabilities.vision) return undefined;
  const kinds = messages.flatMap(({ content }) => (Array.isArray(content) ? content.map((part) => part.type) : []));
  return kinds.find((kind) => kind !== 'text' && kind !== 'refusal');
}

function modelRequest(
  model: string,
  own: Partial<TurnPlan['personality']['ai']>,
  { messages, tools: { definitions } }: { messages: ChatMessage[]; tools: TurnTools },
  { tools: _tools, toolChoice, parallelToolCalls, ...options }: ChatCommand['options'],
): AiRequest {
  return {
    ...(own.temperature !== undefined && { temperature: own.temperature }),
    ...(own.top_p !== undefined && { topP: own.top_p }),
    ...(own.max_tokens !== undefined && { maxTokens: own.max_tokens }),
    ...options,
    dispensable: (['temperature', 'topP'] as const).filter((field) => options[field] === undefined),
    ...(definitions.length > 0 && {
      tools: definitions,
      ...(toolChoice !== undefined && { toolChoice }),
      ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    }),
    model,
    messages,
  };
}
