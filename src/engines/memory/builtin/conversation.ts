import { storableText } from '../../../core/util/storable.js';
import type { MemoryMessage } from '../memory.port.js';
import type { SpokenStatement } from './memory-statement.js';
import { termsOf } from './recall/recall-terms.js';
import { salientText } from './salient.js';

const MAX_KEPT = 1000;
/** Longer messages are documents that were pasted. */
const MAX_MESSAGE = 8000;
const CODE = /```[\s\S]*?(?:```|$)/g;
/** A reply of which so much was in the message before it only says it again. */
const MOST_ECHOED = 0.6;
/** "I see.", "Sounds good!": a reply has something to say, or it is not kept. */
const LEAST_TERMS = 2;
const LEAST_WORDS = 4;

/**
 * What of a conversation is kept in its own words: of the user what is worth remembering as `said` and the rest as
 * `asked`, and as `replied` what the companion answered. Nothing of what has no words of its own.
 */
export function conversationOf(messages: readonly MemoryMessage[]): SpokenStatement[] {
  const statements: SpokenStatement[] = [];
  let said = '';
  for (const { id, role, content, createdAt } of messages) {
    const kept = role === 'user' ? ofUser(content) : ofCompanion(content, said);
    if (role === 'user') said = content;
    if (kept !== undefined) statements.push({ ...kept, messageId: id, createdAt });
  }
  return statements;
}

type Words = Pick<SpokenStatement, 'kind' | 'text'>;

function ofUser(content: string): Words | undefined {
  const salient = salientText(content);
  const whole = wholeText(content);
  if (salient !== '') return { kind: 'said', text: storableText(whole ?? salient) };
  if (whole === undefined || contentOf(whole).size === 0) return undefined;
  return { kind: 'asked', text: storableText(whole) };
}

function ofCompanion(content: string, said: string): Words | undefined {
  const text = wholeText(content) ?? beginning(content);
  const terms = contentOf(text);
  if (terms.size === 0 || (terms.size < LEAST_TERMS && wordsOf(text) < LEAST_WORDS)) return undefined;
  if (isEcho(terms, said)) return undefined;
  return { kind: 'replied', text: storableText(text) };
}

/** Undefined where it is too long to be kept as it is. */
function wholeText(content: string): string | undefined {
  if (content.length > MAX_MESSAGE) return undefined;
  const text = content.replaceAll(CODE, '\n').trim();
  return text.length > MAX_KEPT ? undefined : text;
}

/** Answers begin with what matters; cut after a sentence where there is one. */
function beginning(content: string): string {
  const text = content.slice(0, MAX_MESSAGE).replaceAll(CODE, '\n').trim().slice(0, MAX_KEPT);
  const end = Math.max(...['. ', '! ', '? ', '。', '！', '？', '\n'].map((mark) => text.lastIndexOf(mark)));
  return (end > MAX_KEPT / 2 ? text.slice(0, end + 1) : text).toWellFormed().trim();
}

function isEcho(terms: ReadonlySet<string>, said: string): boolean {
  const known = contentOf(said);
  const echoed = [...terms].filter((term) => known.has(term)).length;
  return echoed >= MOST_ECHOED * terms.size;
}

const wordsOf = (text: string) => text.split(/\s+/u).length;

const contentOf = (text: string): Set<string> =>
  new Set(termsOf(text).flatMap(({ term, isWeak, isCharacter }) => (isWeak || isCharacter ? [] : [term])));
