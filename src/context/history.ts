import type { ChatMessage } from '../core/domain/chat.js';

/** An assistant message with tool calls and the results that follow it belong together. */
function groups(messages: readonly ChatMessage[]): ChatMessage[][] {
  const grouped: ChatMessage[][] = [];
  for (const message of messages) {
    const last = grouped.at(-1);
    if (message.role === 'tool' && last) last.push(message);
    else grouped.push([message]);
  }
  return grouped;
}

/**
 * Providers refuse a tool call without its results and a result without its call. Both occur: where the window cuts,
 * and where a client never came back. Such calls lose their `tool_calls`, such results are left out.
 */
export function repairHistory(messages: readonly ChatMessage[]): ChatMessage[] {
  const repaired: ChatMessage[] = [];
  for (const [head, ...results] of groups(messages)) {
    if (!head || head.role === 'tool') continue;
    const calls = head.tool_calls ?? [];
    const answered =
      calls.length > 0 && calls.every((call) => results.some((result) => result.tool_call_id === call.id));
    if (answered) {
      repaired.push(head, ...results.filter((result) => calls.some((call) => call.id === result.tool_call_id)));
    } else if (calls.length === 0) repaired.push(head);
    else if (head.content) repaired.push({ role: head.role, content: head.content });
  }
  return repaired;
}

/** Drops whole groups from the old end until `count` says that the rest fits; the newest group always stays. */
export function dropOldest(
  messages: readonly ChatMessage[],
  budget: number,
  count: (messages: ChatMessage[]) => number,
): ChatMessage[] {
  const kept = keepNewest(messages, budget, count);
  return kept.length > 0 ? kept : (groups(messages).at(-1) ?? []);
}

/** As many whole groups from the new end as `count` says fit. */
export function keepNewest(
  messages: readonly ChatMessage[],
  budget: number,
  count: (messages: ChatMessage[]) => number,
): ChatMessage[] {
  const kept: ChatMessage[][] = [];
  let used = 0;
  for (const group of groups(messages).toReversed()) {
    used += count(group);
    if (used > budget) break;
    kept.unshift(group);
  }
  return withoutLeadingCalls(kept.flat());
}

/** Some providers refuse a conversation that begins with tool calls: where somebody speaks later, they are left out. */
export function withoutLeadingCalls(messages: ChatMessage[]): ChatMessage[] {
  if (!messages[0]?.tool_calls) return messages;
  const begins = messages.findIndex(({ role }) => role === 'user');
  return begins === -1 ? messages : messages.slice(begins);
}
