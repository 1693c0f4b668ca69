import { createHash } from 'node:crypto';
import { type ChatMessage, textOf, type ToolCall, type ToolExchange, type ToolRound } from '../../core/domain/chat.js';

/** What a session keeps of results, in characters: the model may read them again at every later turn. */
const MOST_OF_RESULT = 8000;
const MOST_OF_ALL = 64_000;

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

/** The exchange with its results cut to what is worth keeping. */
export function storedExchange({ rounds, text, beside }: ToolExchange): ToolExchange {
  let left = MOST_OF_ALL;
  const cut = (round: ToolRound): ToolRound => ({
    ...round,
    results: round.results.map((result) => {
      const most = Math.min(MOST_OF_RESULT, left);
      left -= Math.min(result.length, most);
      return result.length <= most ? result : `${result.slice(0, most).toWellFormed()}\n[cut]`;
    }),
  });
  return { rounds: rounds.map(cut), text, beside: beside && cut(beside) };
}

/** The text that the turn at the end of a conversation answers. */
export function questionOf(conversation: readonly ChatMessage[]): string {
  return textOf(conversation.findLast(({ role }) => role === 'user')?.content ?? null);
}

/**
 * How an exchange is found again when its caller comes back. Providers give ids such as `functions.name:0` again and
 * again: the calls themselves and the question before them tell conversations apart.
 */
export function exchangeKey(calls: readonly ToolCall[], question: string): string {
  const parts = calls.map(({ id, function: { name, arguments: text } }) => [id, name, text]);
  return createHash('sha256')
    .update(JSON.stringify([parts, question]))
    .digest('hex');
}

/** The key of every message of a conversation that calls functions, by its place. */
export function exchangeKeys(conversation: readonly ChatMessage[]): Map<number, string> {
  const keys = new Map<number, string>();
  for (const [place, { tool_calls: calls }] of conversation.entries()) {
    if (calls?.length) keys.set(place, exchangeKey(calls, questionOf(conversation.slice(0, place))));
  }
  return keys;
}

/** The conversation with what was kept put back into its places. */
export function restored(
  conversation: readonly ChatMessage[],
  keys: ReadonlyMap<number, string>,
  kept: ReadonlyMap<string, ToolExchange>,
): ChatMessage[] {
  return conversation.flatMap((message, place) => withExchange(message, kept.get(keys.get(place) ?? '')));
}
