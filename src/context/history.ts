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

/** A message with calls, the results found for them so far, and where the last one that was missing stood. */
interface Exchange {
  head: ChatMessage;
  missing: Set<string>;
  results: ChatMessage[];
  endsAt?: number;
}

/** By the place of their message; a result belongs to the last call before it that has its id and no result yet. */
function exchanges(messages: readonly ChatMessage[]): Map<number, Exchange> {
  const found = new Map<number, Exchange>();
  const waiting = new Map<string, Exchange>();
  for (const [at, message] of messages.entries()) {
    if (message.role === 'tool') {
      takeResult(message, at, waiting);
    } else if (message.tool_calls?.length) {
      const exchange = { head: message, missing: new Set(message.tool_calls.map(({ id }) => id)), results: [] };
      found.set(at, exchange);
      for (const id of exchange.missing) waiting.set(id, exchange);
    }
  }
  return found;
}

function takeResult(result: ChatMessage, at: number, waiting: Map<string, Exchange>): void {
  const id = result.tool_call_id ?? '';
  const exchange = waiting.get(id);
  if (!exchange) return;
  waiting.delete(id);
  exchange.results.push(result);
  exchange.missing.delete(id);
  if (exchange.missing.size === 0) exchange.endsAt = at;
}

/**
 * Providers refuse a tool call without its results and a result without its call. Both occur: where the window cuts,
 * and where a client never came back. Such calls lose their `tool_calls`, such results are left out. Where somebody spoke
 * before the results came, as two turns at once may, the call stands where its results are.
 */
export function repairHistory(messages: readonly ChatMessage[]): ChatMessage[] {
  const found = exchanges(messages);
  const whole = new Map<number, ChatMessage[]>();
  for (const { head, results, endsAt } of found.values()) {
    if (endsAt !== undefined) whole.set(endsAt, [head, ...results]);
  }
  return messages.flatMap((message, at) => {
    if (message.role === 'tool') return whole.get(at) ?? [];
    const exchange = found.get(at);
    if (!exchange) return [message];
    return exchange.endsAt === undefined && message.content ? [{ role: message.role, content: message.content }] : [];
  });
}

/** Whether a conversation ends with a result that answers no call, or leaves another call of its message unanswered. */
export function endsUnmatched(messages: readonly ChatMessage[]): boolean {
  return messages.at(-1)?.role === 'tool' && repairHistory(messages).at(-1)?.role !== 'tool';
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
