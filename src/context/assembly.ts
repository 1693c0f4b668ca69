import { type ChatMessage, textOf, type ToolDefinition } from '../core/domain/chat.js';
import {
  countMessageTokens,
  countOneMessage,
  countTokens,
  countToolTokens,
  type Encoding,
} from '../core/util/token-estimate.js';
import { dropOldest, keepNewest } from './history.js';
import { fitParts, type FittedParts, retrievedParts, type Retrieved, type RetrievedPart } from './retrieved.js';

/** Everything that competes for a window. */
export interface Material {
  /** System messages: the personality's and the client's. */
  prompt: ChatMessage[];
  tools: ToolDefinition[];
  /** Oldest first, the new messages last. */
  conversation: ChatMessage[];
  retrieved: Retrieved;
  /** Of the older messages; used where some of them are not given. */
  summary: string;
  /** Whether there are older messages than `conversation`. */
  isCut: boolean;
  /** Tokens: the window without what is kept free for the answer. */
  budget: number;
  encoding: Encoding;
}

export interface Chosen {
  messages: ChatMessage[];
  looked: FittedParts;
}

/** No tokenizer makes more tokens of a text than this a UTF-16 unit. */
const MOST_TOKENS_A_CHARACTER = 1.5;
/**
 * Where not everything fits, the most recent messages have this share of the room before what was looked up; messages
 * that are older still fill what is left after it. Else a long history would leave no room for its own summary.
 */
const RECENT_SHARE = 0.75;

const sizeOf = (messages: readonly ChatMessage[]) =>
  messages.reduce((sum, { content, tool_calls }) => {
    const text = typeof content === 'string' ? content.length : JSON.stringify(content).length;
    return sum + text + (tool_calls ? JSON.stringify(tool_calls).length : 0) + 16;
  }, 0);

const sizeOfParts = (parts: readonly RetrievedPart[]) =>
  parts.reduce((sum, { lines }) => lines.reduce((inner, line) => inner + line.length + 1, sum + 40), 600);

/** Tokens of what is always sent. */
export const fixedTokens = ({ prompt, tools, encoding }: Pick<Material, 'prompt' | 'tools' | 'encoding'>): number =>
  countMessageTokens(prompt, encoding) + countToolTokens(tools, encoding);

/** Tokens of messages beside others: without the priming of the answer, which counts once. */
export const tokensOf = (messages: readonly ChatMessage[], encoding: Encoding): number =>
  messages.reduce((sum, message) => sum + countOneMessage(message, encoding), 0);

/** What the turn answers: the last message that is no tool's, and what follows it. */
export const questionOf = (conversation: ChatMessage[]): ChatMessage[] =>
  conversation.slice(conversation.findLastIndex(({ role }) => role === 'user'));

/** Whether messages fit whatever tokens they are, by their size alone. */
export const surelyFit = (messages: readonly ChatMessage[], tokens: number): boolean =>
  sizeOf(messages) * MOST_TOKENS_A_CHARACTER <= tokens;

/** Decides who gives way. Tokens of messages are counted only where their size does not already prove that all fits. */
export function choose(material: Material): Chosen {
  const { prompt, tools, conversation, budget, encoding, isCut } = material;
  const count = (text: string) => countTokens(text, encoding);
  const all = partsFor(material, conversation, isCut);
  const size =
    sizeOf(prompt) + sizeOf(conversation) + sizeOfParts(all) + (tools.length === 0 ? 0 : JSON.stringify(tools).length);
  if (size * MOST_TOKENS_A_CHARACTER <= budget) return { messages: conversation, looked: fitParts(all, budget, count) };
  const room = budget - fixedTokens(material);
  const countAll = (messages: readonly ChatMessage[]) => tokensOf(messages, encoding);
  const total = countAll(conversation);
  const recent = total <= room * RECENT_SHARE ? conversation : dropOldest(conversation, room * RECENT_SHARE, countAll);
  const parts = partsFor(material, recent, isCut || total > room * RECENT_SHARE);
  const looked = fitParts(parts, room - countAll(recent), count);
  if (recent.length === conversation.length) return { messages: conversation, looked };
  const fitting = keepNewest(conversation, room - looked.tokens, countAll);
  return { messages: fitting.length > recent.length ? fitting : recent, looked };
}

function partsFor({ retrieved, summary }: Material, given: ChatMessage[], isCut: boolean): RetrievedPart[] {
  return retrievedParts(withoutSaid(retrieved, given), isCut ? summary : '');
}

/** What stands in the conversation need not be remembered. */
function withoutSaid(retrieved: Retrieved, conversation: ChatMessage[]): Retrieved {
  if (retrieved.memories.length === 0) return retrieved;
  const said = new Set(conversation.map(({ content }) => textOf(content).trim()));
  return { ...retrieved, memories: retrieved.memories.filter(({ text }) => !said.has(text.trim())) };
}

/** The question and what came after it stay; what is older goes, the oldest first. */
export function grow(kept: ChatMessage[], added: ChatMessage[], room: number, encoding: Encoding): ChatMessage[] {
  const countAll = (messages: readonly ChatMessage[]) => tokensOf(messages, encoding);
  const asked = questionOf(kept);
  const left = room - countAll([...asked, ...added]);
  const older = kept.slice(0, kept.length - asked.length);
  return [...(left > 0 ? keepNewest(older, left, countAll) : []), ...asked, ...added];
}
