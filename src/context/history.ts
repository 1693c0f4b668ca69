import type { ChatMessage, ToolCall } from '../core/domain/chat.js';

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
 * where a client never came back, and where somebody went on talking before it did. Calls without a result are left
 * out, so are results without their call. What was called further up stands again before a result that came late, and
 * not the result further up: it is what the model is to answer now.
 */
export function repairHistory(messages: readonly ChatMessage[]): ChatMessage[] {
  const open = new Map<string, ToolCall>();
  return groups(messages).flatMap((group) => repairedGroup(group, open));
}

/** @param open calls without a result so far, by their ids; providers give the same ids again and again. */
function repairedGroup([head, ...results]: ChatMessage[], open: Map<string, ToolCall>): ChatMessage[] {
  if (!head || head.role === 'tool') return [];
  const own = new Set(head.tool_calls?.map(({ id }) => id));
  for (const call of head.tool_calls ?? []) open.set(call.id, call);
  const prompt = answered(results.filter(isOf(own)), open);
  const late = answered(results, open);
  return [
    ...headWith(prompt.calls, head),
    ...prompt.results,
    ...(late.calls.length > 0 ? [{ role: 'assistant' as const, content: null, tool_calls: late.calls }] : []),
    ...late.results,
  ];
}

const isOf = (ids: ReadonlySet<string>) => (result: ChatMessage) => ids.has(result.tool_call_id ?? '');

/** The open calls that have a result here, which are open no longer. */
function answered(
  results: readonly ChatMessage[],
  open: Map<string, ToolCall>,
): { calls: ToolCall[]; results: ChatMessage[] } {
  const found = results.filter(({ tool_call_id: id }, place) => {
    return open.has(id ?? '') && results.findIndex((other) => other.tool_call_id === id) === place;
  });
  const ids = new Set(found.map(({ tool_call_id: id }) => id ?? ''));
  const calls = [...open.values()].filter(({ id }) => ids.has(id));
  for (const id of ids) open.delete(id);
  return { calls, results: found };
}

/** What called functions, with those of its calls that have their results. */
function headWith(calls: ToolCall[], head: ChatMessage): ChatMessage[] {
  if (!head.tool_calls?.length || calls.length === head.tool_calls.length) return [head];
  if (calls.length > 0) return [{ ...head, tool_calls: calls }];
  return head.content ? [{ role: head.role, content: head.content }] : [];
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
