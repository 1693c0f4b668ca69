/** What an MCP server asks this server's model, in its own name. */
export interface SamplingRequest {
  /** The server that asks, as configured. */
  server: string;
  systemPrompt?: string;
  messages: readonly { role: 'user' | 'assistant'; text: string }[];
  maxTokens: number;
  temperature?: number;
  stopSequences?: readonly string[];
  /** Names or families of models that the server would like, the best first. */
  modelHints: readonly string[];
}

export interface SamplingAnswer {
  text: string;
  /** The model that answered. */
  model: string;
  stopReason?: 'endTurn' | 'maxTokens' | 'stopSequence';
}

/** Answers for the model. What it throws is told to the MCP server in general words only. */
export type SampleHandler = (request: SamplingRequest, signal: AbortSignal) => Promise<SamplingAnswer>;
