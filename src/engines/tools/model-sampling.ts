import type { FinishReason, Usage } from '../../core/domain/chat.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import { countMessageTokens, countTokens } from '../../core/util/token-estimate.js';
import type { AiCatalog } from '../ai/ai-catalog.port.js';
import type { AiEvent, AiRequest } from '../ai/ai.port.js';
import type { SampleHandler, SamplingAnswer, SamplingRequest } from './sampling.port.js';

const STOP_REASONS: Partial<Record<FinishReason, SamplingAnswer['stopReason']>> = {
  stop: 'endTurn',
  length: 'maxTokens',
};

interface Answer {
  text: string;
  finish?: Extract<AiEvent, { type: 'finish' }>;
  error?: CozyError;
}

/**
 * Lets MCP servers that may ask the model ask this server's default one, without tools and without anybody's history.
 * What it costs is counted like any other answer.
 */
export const sampleBy =
  (ai: AiCatalog, metrics: ChatMetrics): SampleHandler =>
  async (request, signal) => {
    const engine = ai.default;
    const model = request.modelHints.find((hint) => engine.allows(hint)) ?? engine.defaultModel;
    const asked: AiRequest = { ...asAiRequest(request), model };
    const answer: Answer = { text: '' };
    try {
      for await (const event of engine.stream(asked, signal)) take(event, answer);
    } finally {
      count(metrics, engine.provider, asked, answer);
    }
    if (answer.error) throw answer.error;
    signal.throwIfAborted();
    const stopReason = answer.finish && STOP_REASONS[answer.finish.reason];
    return { text: answer.text, model, ...(stopReason && { stopReason }) };
  };

function take(event: AiEvent, answer: Answer): void {
  if (event.type === 'text-delta') answer.text += event.text;
  if (event.type === 'error') answer.error = event.error;
  if (event.type === 'finish') answer.finish = event;
}

function count(metrics: ChatMetrics, provider: string, request: AiRequest, answer: Answer): void {
  metrics.engineCall('ai', provider, answer.error?.code ?? (answer.finish ? 'ok' : 'aborted'));
  if (answer.text === '' && !answer.finish) return; // The model was never heard of.
  const { promptTokens, completionTokens } = answer.finish?.usage ?? estimatedUsage(request, answer.text);
  metrics.tokens(provider, request.model, promptTokens, completionTokens);
}

const estimatedUsage = ({ messages }: AiRequest, text: string): Usage => ({
  promptTokens: countMessageTokens(messages),
  completionTokens: countTokens(text),
  estimated: true,
});

function asAiRequest(request: SamplingRequest): Omit<AiRequest, 'model'> {
  const { systemPrompt, messages, maxTokens, temperature, stopSequences } = request;
  return {
    messages: [
      ...(systemPrompt === undefined ? [] : [{ role: 'system' as const, content: systemPrompt }]),
      ...messages.map(({ role, text }) => ({ role, content: text })),
    ],
    maxTokens,
    ...(temperature !== undefined && { temperature, dispensable: ['temperature' as const] }),
    ...(stopSequences && { stop: [...stopSequences].slice(0, 4) }),
  };
}
