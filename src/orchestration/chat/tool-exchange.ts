import type { ChatMessage, ToolExchange, ToolRound } from '../../core/domain/chat.js';

const resultsOf = ({ calls, results }: ToolRound): ChatMessage[] =>
  calls.map((call, index) => ({ role: 'tool', tool_call_id: call.id, content: results[index] ?? '' }));

/** A round as the model must see it: its calls, then their results. */
export const roundMessages = (round: ToolRound): ChatMessage[] => [
  { role: 'assistant', content: round.content, tool_calls: round.calls },
  ...resultsOf(round),
];

/** An answer as the model must see it again: with everything that callers were not shown. */
export function withExchange(answer: ChatMessage, exchange: ToolExchange | null | undefined): ChatMessage[] {
  if (!exchange) return [answer];
  const { rounds, text, beside } = exchange;
  const calls = [...(beside?.calls ?? []), ...(answer.tool_calls ?? [])];
  const last: ChatMessage = { role: 'assistant', content: text, ...(calls.length > 0 && { tool_calls: calls }) };
  return [
    ...rounds.flatMap(roundMessages),
    // An answer that broke off before the model said anything to the results leaves only those.
    ...(text !== null || calls.length > 0 ? [last] : []),
    ...(beside ? resultsOf(beside) : []),
  ];
}
