import { type ChatMessage, textOf } from '../../../core/domain/chat.js';
import { type DemoPassage, passagesIn } from './demo-passages.js';

/** What the demo reads out of a request's messages. */
export interface DemoConversation {
  /** The personality's name, from "You are …" in its prompt. */
  persona: string | undefined;
  /**
   * Statements kept from earlier conversations, those of the profile after the others, as corrections are made there;
   * then everything the person said before the last message.
   */
  statements: string[];
  /** What the person said in earlier conversations, as it was found for the last message, the best first. */
  memories: string[];
  /** The person's earlier messages, oldest first. */
  earlier: string[];
  /** The message to answer; empty when there is none. */
  last: string;
  previousAnswer: string | undefined;
  /** What was found in documents for the last message, the best first. */
  passages: DemoPassage[];
  /** Nothing was answered yet; a welcome is no answer. */
  isFirstAnswer: boolean;
  hasPictures: boolean;
  /** The results of tools, when those are what is to be spoken about. */
  toolResults: string[];
}

/** Retrieved texts come in a delimited block of a system message, one a line; the tag names what they are. */
const RETRIEVED = /<([\w-]*(?:memor|profile|fact|summary)[\w-]*)\b[^>]*>([\s\S]*?)<\/\1>/gi;
const KNOWLEDGE = /<knowledge>([\s\S]*?)<\/knowledge>/g;
/** The search for blocks is quadratic in tags that never end. */
const MAX_INSTRUCTION = 40_000;
const PERSONA = /(?:\bYou are|你是)\s*([\p{Lu}\p{Script=Han}][\p{L}\p{N}'-]{0,30})/u;

export function readConversation(messages: readonly ChatMessage[]): DemoConversation {
  const instructions = messages.filter(isInstruction).map(({ content }) => textOf(content));
  const turns = messages.filter((message) => !isInstruction(message));
  const lastUser = turns.findLast(({ role }) => role === 'user');
  const said = turns.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
  const earlier = said.slice(0, -1);
  const retrieved = instructions.flatMap(retrievedParts);
  return {
    persona: PERSONA.exec(instructions.join('\n'))?.[1],
    statements: [...retrieved.toSorted(profileLast).flatMap(({ lines }) => lines), ...earlier],
    memories: retrieved.filter(({ name }) => /memor/i.test(name)).flatMap(({ lines }) => lines),
    earlier,
    passages: instructions.flatMap(retrievedPassages),
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

interface RetrievedLines {
  name: string;
  lines: string[];
}

const profileLast = (one: RetrievedLines, other: RetrievedLines): number =>
  Number(/profile/i.test(one.name)) - Number(/profile/i.test(other.name));

/** Without what the demo said itself. */
function retrievedParts(instruction: string): RetrievedLines[] {
  return [...instruction.slice(0, MAX_INSTRUCTION).matchAll(RETRIEVED)].map(([, name = '', block = '']) => ({
    name,
    lines: block
      .split('\n')
      .map((line) => line.replace(/^[\s*•-]*(?:\d+[.)]\s*)?(?:\[[^\]]*\]\s*)?/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('You said: ')),
  }));
}

function retrievedPassages(instruction: string): DemoPassage[] {
  return [...instruction.slice(0, MAX_INSTRUCTION).matchAll(KNOWLEDGE)].flatMap(([, block = '']) => passagesIn(block));
}
