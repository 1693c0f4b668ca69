import type { ChatMessage } from '../../src/core/domain/chat.js';
import type { AiEvent, AiRequest } from '../../src/engines/ai/ai.port.js';
import { AnswerDraft } from '../../src/orchestration/chat/answer-draft.js';
import type { ChatEvent } from '../../src/orchestration/chat/chat-event.js';
import { ModelRound } from '../../src/orchestration/chat/model-round.js';
import { ToolLoop } from '../../src/orchestration/chat/tool-loop.js';
import type { ToolOutcome, ToolRequest } from '../../src/orchestration/tools/tool-outcome.js';

const QUESTION: ChatMessage = { role: 'user', content: 'What is 2 + 2?' };
const definition = (name: string) => ({ type: 'function' as const, function: { name } });
export const say = (text: string): AiEvent => ({ type: 'text-delta', text });
export const call = (index: number, name: string, argumentsText = '{}'): AiEvent => ({
  type: 'tool-call-delta',
  index,
  id: `call_${index}`,
  name,
  argumentsText,
});
export const done = (reason: 'stop' | 'tool_calls' | 'length', completionTokens = 1): AiEvent => ({
  type: 'finish',
  reason,
  usage: { promptTokens: 10, completionTokens, estimated: false },
  model: 'm',
});

export interface Play {
  server?: string[];
  callers?: string[];
  maxRounds?: number;
  turnMs?: number;
  /** What the model says, round by round. */
  rounds: AiEvent[][];
  run?: (request: ToolRequest, signal: AbortSignal) => Promise<ToolOutcome>;
  signal?: AbortSignal;
}

export const outcome = (name: string, text: string): ToolOutcome => ({
  name,
  result: { text },
  error: undefined,
  milliseconds: 1,
  recorded: Promise.resolve(),
});

const LIMITS = { maxRounds: 3, turnMs: 60_000 };

/** Runs the loop as ChatService does. */
export async function play({ server = [], callers = [], rounds, run, ...given }: Play) {
  const { signal, maxRounds, turnMs } = { ...LIMITS, signal: new AbortController().signal, ...given };
  const tools = [...server, ...callers].map(definition);
  const first: AiRequest = { model: 'm', messages: [QUESTION], tools, toolChoice: 'auto', parallelToolCalls: true };
  const draft = new AnswerDraft(new ModelRound(first));
  const ran: ToolRequest[] = [];
  let refused = 0;
  const loop = new ToolLoop(draft, {
    offered: new Set(server),
    callers: new Set(callers),
    maxRounds,
    resultTokens: 100,
    turnTokens: () => 1000,
    turnMs,
    runTool: async (request, _announce, toolSignal) => {
      ran.push(request);
      return run ? run(request, toolSignal) : outcome(request.name, `result of ${request.name}`);
    },
    noteUnsupported: () => (refused += 1),
    fit: (added) => [QUESTION, ...added],
  });
  const requests: AiRequest[] = [];
  const seen: ChatEvent[] = [];
  for (let at = 0; loop.goesOn; at++) {
    requests.push(draft.round.request);
    for (const event of rounds[at] ?? []) {
      const visible = loop.see(event);
      if (visible) seen.push(visible);
    }
    for await (const event of loop.next(signal)) seen.push(event);
  }
  return { draft, requests, seen, ran, refused };
}
