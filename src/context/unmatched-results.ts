import type { ChatMessage } from '../core/domain/chat.js';

/** Whether a conversation ends with a result that answers no call, or leaves another call of its message unanswered. */
export function endsUnmatched(messages: readonly ChatMessage[]): boolean {
  // By id the calls of its message that have no result yet; providers give the same ids again and again.
  const unanswered = new Map<string, Set<string>>();
  for (const { role, tool_calls: calls = [], tool_call_id: id } of messages) {
    const ids = new Set(calls.map((call) => call.id));
    for (const one of ids) unanswered.set(one, ids);
    if (role === 'tool') unanswered.get(id ?? '')?.delete(id ?? '');
  }
  const last = messages.at(-1);
  return last?.role === 'tool' && unanswered.get(last.tool_call_id ?? '')?.size !== 0;
}
