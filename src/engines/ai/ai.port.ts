import type { ChatMessage, FinishReason, ToolDefinition, Usage } from '../../core/domain/chat.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { EngineHealth } from '../engine-health.js';

/** What the model is asked. Every optional field is passed to the provider only when given. */
export interface AiRequest {
  model: string;
  messages: ChatMessage[];
  temperature?: number;
  topP?: number;
  /** Those that nobody insists on, as a personality's habits: left out where the model refuses them. */
  dispensable?: readonly ('temperature' | 'topP')[];
  maxTokens?: number;
  stop?: string | string[];
  seed?: number;
  tools?: ToolDefinition[];
  /** OpenAI's `tool_choice`. */
  toolChoice?: unknown;
  parallelToolCalls?: boolean;
  /** OpenAI's `response_format`. */
  responseFormat?: Record<string, unknown>;
  /** Further fields of OpenAI's request that the engine hands on as they are (penalties, logprobs, reasoning_effort …). */
  extra?: Record<string, unknown>;
}

/** One piece of a model's answer. A stream ends with exactly one `finish` or `error`, or without either after an abort. */
export type AiEvent =
  | { type: 'text-delta'; text: string }
  | { type: 'refusal-delta'; text: string }
  /** A call's first piece has its id and its name, where the model gave one; no two calls of an answer have the same id. */
  | { type: 'tool-call-delta'; index: number; id?: string; name?: string; argumentsText?: string }
  /** `usage` is null where the provider gave none. `model` is the provider's own name of what answered. */
  | { type: 'finish'; reason: FinishReason; usage: Usage | null; model: string }
  | { type: 'error'; error: CozyError };

export interface EmbeddingRequest {
  model: string;
  /** Texts, or token ids as OpenAI's API allows. */
  input: string[] | number[][];
  dimensions?: number;
}

export interface EmbeddingResult {
  model: string;
  /** In the order of the input. */
  vectors: number[][];
  promptTokens: number;
}

export interface AiCapabilities {
  tools: boolean;
  vision: boolean;
  embeddings: boolean;
  /** Whether it follows an instruction such as "make a title of this"; a rule-based engine cannot. */
  instructions: boolean;
}

/** A provider of language models. One instance a configured provider; safe for concurrent use. */
export abstract class AiEngine {
  abstract readonly apiVersion: number;
  /** The name that personalities and metrics use. */
  abstract readonly provider: string;
  abstract readonly capabilities: AiCapabilities;
  abstract readonly defaultModel: string;
  /** Size of the context window in tokens. */
  abstract readonly contextWindow: number;

  /**
   * Asks the model. Never throws: a failure is the last event. When `signal` aborts, the provider's request is
   * cancelled and the stream just ends.
   */
  abstract stream(request: AiRequest, signal: AbortSignal): AsyncIterable<AiEvent>;

  /** Throws a CozyError. */
  abstract embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingResult>;

  /** The models that callers may name. */
  abstract models(signal: AbortSignal): Promise<string[]>;
  /** Whether a caller may name this model. */
  abstract allows(model: string): boolean;

  abstract health(signal: AbortSignal): Promise<EngineHealth>;
  /** Idempotent; ends what is running. */
  abstract close(): Promise<void>;
}
