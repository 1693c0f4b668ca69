/** A piece of multimodal content in OpenAI's own shape; passed through untouched to models that can read it. */
export type ContentPart = { type: string } & Record<string, unknown>;

/** A function call that the model made, in OpenAI's own shape; `arguments` is the model's JSON text, unparsed. */
export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export type ChatRole = 'system' | 'developer' | 'user' | 'assistant' | 'tool';

/** One message of a conversation as models exchange it. */
export interface ChatMessage {
  role: ChatRole;
  /** Null where an assistant message holds tool calls only. */
  content: string | ContentPart[] | null;
  tool_calls?: ToolCall[];
  /** Of a tool message: the call it answers. */
  tool_call_id?: string;
  name?: string;
}

/** Calls of this server's own tools that the model made in one go, and what came of them, in the same order. */
export interface ToolRound {
  /** What the model said beside the calls. */
  content: string | null;
  calls: ToolCall[];
  results: string[];
}

/** What passed between the model and this server's tools within one answer. Callers do not see it; the model does. */
export interface ToolExchange {
  rounds: ToolRound[];
  /** What the model said last; the answer's own content holds the text of all rounds. */
  text: string | null;
  /** Calls of this server's tools that were made beside the caller's own, which ended the turn. */
  beside: ToolRound | null;
}

/** A function that the model may call, in OpenAI's own shape. */
export interface ToolDefinition {
  type: 'function';
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean | null };
}

/** Token counts of one turn. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
  /** True when the provider gave none and the server counted. */
  estimated: boolean;
  /** The provider's own breakdowns (cached, reasoning …), passed through. */
  promptDetails?: Record<string, unknown>;
  completionDetails?: Record<string, unknown>;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** The text of a message, its multimodal parts left out. */
export function textOf(content: ChatMessage['content']): string {
  if (content === null) return '';
  if (typeof content === 'string') return content;
  return content
    .filter((part): part is ContentPart & { text: string } => part.type === 'text' && typeof part['text'] === 'string')
    .map((part) => part.text)
    .join('\n');
}
