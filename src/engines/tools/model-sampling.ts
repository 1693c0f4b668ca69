import type { FinishReason } from '../../core/domain/chat.js';
import type { AiCatalog } from '../ai/ai-catalog.port.js';
import type { AiRequest } from '../ai/ai.port.js';
import type { SampleHandler, SamplingAnswer, SamplingRequest } from './sampling.port.js';

const STOP_REASONS: Partial<Record<FinishReason, SamplingAnswer['stopReason']>> = {
  stop: 'endTurn',
  length: 'maxTokens',
};

/** Lets MCP servers that may ask the model ask this server's default one, without tools and without anybody's history. */
export const sampleBy =
  (ai: AiCatalog): SampleHandler =>
  async (request, signal) => {
    const engine = ai.default;
    const model = request.modelHints.find((hint) => engine.allows(hint)) ?? engine.defaultModel;
    let text = '';
    let stopReason: SamplingAnswer['stopReason'];
    for await (const event of engine.stream({ ...asAiRequest(request), model }, signal)) {
      if (event.type === 'text-delta') text += event.text;
      if (event.type === 'error') throw event.error;
      if (event.type === 'finish') stopReason = STOP_REASONS[event.reason];
    }
    signal.throwIfAborted();
    return { text, model, ...(stopReason && { stopReason }) };
  };

function asAiRequest(request: SamplingRequest): Omit<AiRequest, 'model'> {
  const { systemPrompt, messages, maxTokens, temperature, stopSequences } = request;
  return {
    messages: [
      ...(systemPrompt === undefined ? [] : [{ role: 'system' as const, content: systemPrompt }]),
      ...messages.map(({ role, text }) => ({ role, content: text })),
    ],
    maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(stopSequences && { stop: [...stopSequences].slice(0, 4) }),
  };
}
