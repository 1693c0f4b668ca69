import { type ChatMessage, textOf } from '../../../core/domain/chat.js';

/** What the demo reads out of a request's messages. */
export interface DemoConversation {
  /** The personality's name, from "You are …" in its prompt. */
  persona: string | undefined;
  /** Statements kept from earlier conversations, then everything the person said before the last message. */
  statements: string[];
  /** The person's earlier messages, oldest first. */
  earlier: string[];
  /** The message to answer; empty when there is none. */
  last: string;
  previousAnswer: string | undefined;
  /** Nothing was answered yet; a welcome is no answer. */
  isFirstAnswer: boolean;
  hasPictures: boolean;
  /** The results of tools, when those are what is to be spoken about. */
  toolResults: string[];
}

/** Retrieved texts come in a delimited block of a system message, one a line; the tag names what they are. */
const RETRIEVED = /<([\w-]*(?:memor|profile|fact|summary)[\w-]*)\b[^>]*>([\s\S]*?)<\/\1>/gi;
/** The search for blocks is quadratic in tags that never end. */
const MAX_INSTRUCTION = 40_000;
const PERSONA = /(?:\bYou are|你是)\s*([\p{Lu}\p{Script=Han}][\p{L}\p{N}'-]{0,30})/u;

export function readConversation(messages: readonly ChatMessage[]): DemoConversation {
  const instructions = messages.filter(isInstruction).map(({ content }) => textOf(content));
  const turns = messages.filter((message) => !isInstruction(message));
  const lastUser = turns.findLast(({ role }) => role === 'user');
  const said = turns.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
  const earlier = said.slice(0, -1);
  return {
    persona: PERSONA.exec(instructions.join('\n'))?.[1],
    statements: [...instructions.flatMap(retrievedLines), ...earlier],
    earlier,
    last: said.at(-1)?.trim() ?? '',
    previousAnswer: turns
      .filter(isAnswer)
      .map(({ content }) => textOf(content))
      .at(-1),
    isFirstAnswer: !hasAnswerAfterQuestion(turns),
    hasPictures: Array.isArray(lastUser?.content) && lastUser.content.some(({ type }) => type === 'image_url'),
    toolResults: toolResultsOf(turns),
  };
}

function isInstruction({ role }: ChatMessage): boolean {
  return role === 'system' || role === 'developer';
}

function isAnswer({ role, content }: ChatMessage): boolean {
  return role === 'assistant' && textOf(content) !== '';
}

function hasAnswerAfterQuestion(turns: readonly ChatMessage[]): boolean {
  const firstQuestion = turns.findIndex(({ role }) => role === 'user');
  return turns.slice(firstQuestion + 1).some(isAnswer);
}

function toolResultsOf(turns: readonly ChatMessage[]): string[] {
  const lastOther = turns.findLastIndex(({ role }) => role !== 'tool');
  return turns.slice(lastOther + 1).map(({ content }) => textOf(content));
}

function retrievedLines(instruction: string): string[] {
  return [...instruction.slice(0, MAX_INSTRUCTION).matchAll(RETRIEVED)].flatMap(([, , block = '']) =>
    block.split('\n').map((line) => line.replace(/^[\s*•-]*(?:\d+[.)]\s*)?(?:\[[^\]]*\]\s*)?/, '').trim()),
  );
}
