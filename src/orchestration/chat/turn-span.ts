import { GEN_AI } from '../../core/tracing/gen-ai.js';
import type { Span } from '../../core/tracing/tracer.port.js';
import { errorTypeOf, isTracing, startSpan, traced, within } from '../../core/tracing/tracing.js';
import type { ChatEvent } from './chat-event.js';
import type { PreparedTurn } from './turn-preparation.service.js';

/** A turn, as a trace has it: an agent that is invoked. */
export const beginTurn = (): Span => startSpan('invoke_agent', { attributes: { [GEN_AI.operation]: 'invoke_agent' } });

/** What comes before the model is asked. A turn that is not accepted ends with it. */
export async function preparing(turn: Span, prepare: () => Promise<PreparedTurn>): Promise<PreparedTurn> {
  try {
    return await within(turn, () =>
      traced('build_context', {}, async (span) => {
        const prepared = await prepare();
        const { messages, dropped_messages: dropped, retrieved, summary } = prepared.context.tokenBudget;
        span.set({
          'cozy.context.messages': messages,
          'cozy.context.dropped_messages': dropped,
          'cozy.context.retrieved_tokens': retrieved,
          'cozy.context.summary_tokens': summary,
        });
        return prepared;
      }),
    );
  } catch (error) {
    turn.fail(errorTypeOf(error));
    turn.end();
    throw error;
  }
}

/** Who answers; a personality's name is its operator's, not a user's. */
export function notePlan(span: Span, { plan, turn }: PreparedTurn): void {
  const { personality, engine, model } = plan;
  span.rename(`invoke_agent ${personality.name}`);
  span.set({
    [GEN_AI.agentId]: personality.id,
    [GEN_AI.agentName]: personality.name,
    [GEN_AI.provider]: engine.provider,
    [GEN_AI.requestModel]: model,
    [GEN_AI.conversation]: turn.place?.sessionId,
    'cozy.turn.id': turn.turnId,
  });
}

/** @param last the event that ended the stream; none where the turn was broken off. */
export function noteEnd(span: Span, { draft }: PreparedTurn, last: ChatEvent | undefined): void {
  // A provider that told no usage has it counted here.
  if (!isTracing()) return;
  const { usage, finishReason } = draft;
  span.set({
    [GEN_AI.finishReasons]: finishReason === undefined ? undefined : [finishReason],
    [GEN_AI.inputTokens]: usage.promptTokens,
    [GEN_AI.outputTokens]: usage.completionTokens,
    'cozy.turn.interrupted': last === undefined || draft.isCut,
  });
  if (last?.type === 'error') span.fail(last.error.code);
  span.end();
}
