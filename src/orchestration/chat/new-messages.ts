import type { ChatMessage } from '../../core/domain/chat.js';
import { storableText } from '../../core/util/storable.js';

const isSystem = (message: ChatMessage) => message.role === 'system' || message.role === 'developer';

/** The value as the database gives it back: its texts made storable, the keys of its objects in one order. */
function asStored(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(asStored);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => [key, asStored(entry)]);
}

/** What identifies a message, whatever shape its content came in. */
function fingerprint({ role, content, tool_call_id }: ChatMessage): string {
  const text =
    Array.isArray(content) && content.length === 1 && content[0]?.type === 'text' ? content[0]['text'] : content;
  return JSON.stringify([role, asStored(text), tool_call_id ?? null]);
}

export function splitSystem(messages: readonly ChatMessage[]): { system: ChatMessage[]; conversation: ChatMessage[] } {
  return {
    system: messages.filter(isSystem),
    conversation: messages.filter((message) => !isSystem(message)),
  };
}

/** The messages after the last assistant message: what clients that resend everything have added. */
export function trailing(conversation: readonly ChatMessage[]): ChatMessage[] {
  const last = conversation.findLastIndex((message) => message.role === 'assistant');
  return conversation.slice(last + 1);
}

/**
 * Leaves out what the session already holds unanswered: a turn that failed and is tried again, or is resent before
 * the next message, must not be stored twice. It is the longest end of `unanswered` that `messages` begins with.
 */
export function withoutStored(messages: readonly ChatMessage[], unanswered: readonly ChatMessage[]): ChatMessage[] {
  const given = messages.map(fingerprint);
  const stored = unanswered.map(fingerprint);
  for (let length = Math.min(given.length, stored.length); length > 0; length -= 1) {
    const end = stored.slice(-length);
    if (end.every((print, index) => print === given[index])) return messages.slice(length);
  }
  return [...messages];
}
