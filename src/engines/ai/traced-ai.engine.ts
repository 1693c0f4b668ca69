import { currentRequest } from '../../core/logging/request-context.js';
import { GEN_AI } from '../../core/tracing/gen-ai.js';
import { tracedStream } from '../../core/tracing/traced-stream.js';
import type { Span } from '../../core/tracing/tracer.port.js';
import { startSpan, traced } from '../../core/tracing/tracing.js';
import type { EngineHealth } from '../engine-health.js';
import { AiEngine, type AiEvent, type AiRequest, type EmbeddingRequest, type EmbeddingResult } from './ai.port.js';

/** A provider whose calls are spans, whoever makes them; what is asked and answered is in none of them. */
export class TracedAiEngine extends AiEngine {
  constructor(private readonly engine: AiEngine) {
    super();
  }

  get apiVersion(): number {
    return this.engine.apiVersion;
  }

  get provider(): string {
    return this.engine.provider;
  }

  get capabilities(): AiEngine['capabilities'] {
    return this.engine.capabilities;
  }

  get defaultModel(): string {
    return this.engine.defaultModel;
  }

  get contextWindow(): number {
    return this.engine.contextWindow;
  }

  override stream(request: AiRequest, signal: AbortSignal): AsyncIterable<AiEvent> {
    const { name, start } = this.spanOf('chat', request.model);
    const span = startSpan(name, { ...start, attributes: { ...start.attributes, [GEN_AI.isStream]: true } });
    return tracedStream(span, this.engine.stream(request, signal), noteOn(span));
  }

  override embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingResult> {
    const { name, start } = this.spanOf('embeddings', request.model);
    return traced(name, start, async (span) => {
      const result = await this.engine.embed(request, signal);
      span.set({ [GEN_AI.responseModel]: result.model, [GEN_AI.inputTokens]: result.promptTokens });
      return result;
    });
  }

  override models(signal: AbortSignal): Promise<string[]> {
    return this.engine.models(signal);
  }

  override allows(model: string): boolean {
    return this.engine.allows(model);
  }

  override health(signal: AbortSignal): Promise<EngineHealth> {
    return this.engine.health(signal);
  }

  override close(): Promise<void> {
    return this.engine.close();
  }

  private spanOf(operation: 'chat' | 'embeddings', model: string) {
    const attributes = {
      [GEN_AI.operation]: operation,
      [GEN_AI.provider]: this.provider,
      [GEN_AI.requestModel]: model,
      [GEN_AI.conversation]: currentRequest()?.session_id,
    };
    return { name: `${operation} ${model}`, start: { kind: 'client' as const, attributes } };
  }
}

function noteOn(span: Span): (event: AiEvent) => void {
  const askedAt = performance.now();
  let hasBegun = false;
  return (event) => {
    switch (event.type) {
      case 'finish':
        return span.set({
          [GEN_AI.responseModel]: event.model,
          [GEN_AI.finishReasons]: [event.reason],
          [GEN_AI.inputTokens]: event.usage?.promptTokens,
          [GEN_AI.outputTokens]: event.usage?.completionTokens,
        });
      case 'error':
        return span.fail(event.error.code);
      case 'text-delta':
      case 'refusal-delta':
      case 'tool-call-delta':
        if (hasBegun) return;
        hasBegun = true;
        span.set({ [GEN_AI.firstChunk]: (performance.now() - askedAt) / 1000 });
    }
  };
}
