import type { ChatMessage } from '../core/domain/chat.js';

/** By id the calls of its message that have no result yet; providers give the same ids again and again. */
function unansweredOf(messages: readonly ChatMessage[]): Map<string, Set<string>> {
  const unanswered = new Map<string, Set<string>>();
  for (const { tool_calls: calls = [], tool_call_id: result = '' } of messages) {
    const ids = new Set(calls.map(({ id }) => id));
    for (const id of ids) unanswered.set(id, ids);
    unanswered.get(result)?.delete(result);
  }
  return unanswered;
}

/** Whether a conversation ends with a result that answers no call, or leaves another call of its message unanswered. */
export function endsUnmatched(messages: readonly ChatMessage[]): boolean {
  const last = messages.at(-1);
  return last?.role === 'tool' && unansweredOf(messages).get(last.tool_call_id ?? '')?.size !== 0;
}
