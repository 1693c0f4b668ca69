import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import { withDeadline } from '../../core/util/deadline.js';
import { countMessageTokens, countTokens } from '../../core/util/token-estimate.js';
import type { AiRequest } from '../../engines/ai/ai.port.js';
import { type TurnPlan, TurnPlanService } from '../chat/turn-plan.service.js';
import { excerptSummary } from './excerpts.js';
import { MOST_SUMMARY, summaryPrompt, tidySummary } from './summary-prompt.js';

const DEADLINE_MS = 30_000;
/** Some models think before they write. */
const MAX_TOKENS = 1500;

interface Said {
  role: string;
  content: string;
}

export interface WrittenSummary {
  text: string;
  /** `provider/model`; null where rules have chosen excerpts. */
  model: string | null;
}

/** Puts a conversation into few words. */
@Injectable()
export class SummaryWriterService {
  constructor(
    private readonly plans: TurnPlanService,
    private readonly metrics: ChatMetrics,
    private readonly logger: Logger,
  ) {}

  /** Who answers in a session with this personality. */
  planFor(sessionPersonalityId: string): TurnPlan {
    return this.plans.plan({ model: undefined, personalityId: undefined, sessionPersonalityId });
  }

  /**
   * The summary so far with what was said after it. By the session's own model, or by rules where that follows no
   * instructions or `byRules` is set. Throws a CozyError where the model fails.
   */
  async write(plan: TurnPlan, previous: string, said: Said[], byRules: boolean): Promise<WrittenSummary> {
    const { engine, model } = plan;
    if (byRules || !engine.capabilities.instructions) return { text: excerptSummary(previous, said), model: null };
    const request = { model, messages: summaryPrompt(previous, said), maxTokens: MAX_TOKENS };
    const text = await withDeadline(
      new AbortController().signal,
      DEADLINE_MS,
      (signal) => this.ask(plan, request, signal),
      () => new CozyError('ENGINE_TIMEOUT'),
    );
    const summary = tidySummary(text);
    if (summary === '') throw new CozyError('ENGINE_BAD_RESPONSE');
    return { text: summary, model: `${engine.provider}/${model}` };
  }

  private async ask({ engine, model }: TurnPlan, request: AiRequest, signal: AbortSignal): Promise<string> {
    let text = '';
    for await (const event of engine.stream(request, signal)) {
      if (event.type === 'text-delta' && text.length < 2 * MOST_SUMMARY) text += event.text;
      if (event.type === 'error') {
        this.metrics.engineCall('ai', engine.provider, event.error.code);
        this.logger.warn('The model made no summary', { code: event.error.code }, event.error.cause);
        throw event.error;
      }
      if (event.type !== 'finish') continue;
      const { promptTokens, completionTokens } = event.usage ?? {
        promptTokens: countMessageTokens(request.messages),
        completionTokens: countTokens(text),
      };
      this.metrics.engineCall('ai', engine.provider, 'ok');
      this.metrics.tokens(engine.provider, model, promptTokens, completionTokens);
    }
    signal.throwIfAborted();
    return text;
  }
}
