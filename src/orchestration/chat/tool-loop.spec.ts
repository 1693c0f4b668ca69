import { describe, expect, it } from 'vitest';
import { type ChatMessage, textOf } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { AiEvent, AiRequest } from '../../engines/ai/ai.port.js';
import type { ToolOutcome, ToolRequest } from '../tools/tool-outcome.js';
import { AnswerDraft } from './answer-draft.js';
import type { ChatEvent } from './chat-event.js';
import { ModelRound } from './model-round.js';
import { ToolLoop } from './tool-loop.js';

const QUESTION: ChatMessage = { role: 'user', content: 'What is 2 + 2?' };
const definition = (name: string) => ({ type: 'function' as const, function: { name } });
const say = (text: string): AiEvent => ({ type: 'text-delta', text });
const call = (index: number, name: string, argumentsText = '{}'): AiEvent => ({
  type: 'tool-call-delta',
  index,
  id: `call_${index}`,
  name,
  argumentsText,
});
const done = (reason: 'stop' | 'tool_calls' | 'length', completionTokens = 1): AiEvent => ({
  type: 'finish',
  reason,
  usage: { promptTokens: 10, completionTokens, estimated: false },
  model: 'm',
});

interface Play {
  server?: string[];
  callers?: string[];
  maxRounds?: number;
  /** What the model says, round by round. */
  rounds: AiEvent[][];
  run?: (request: ToolRequest, signal: AbortSignal) => Promise<ToolOutcome>;
  signal?: AbortSignal;
}

const outcome = (name: string, text: string): ToolOutcome => ({
  name,
  result: { text },
  error: undefined,
  milliseconds: 1,
  recorded: Promise.resolve(),
});

/** Runs the loop as ChatService does. */
async function play({ server = [], callers = [], maxRounds = 3, rounds, run, signal }: Play) {
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
    turnTokens: 1000,
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
    for await (const event of loop.next(signal ?? new AbortController().signal)) seen.push(event);
  }
  return { draft, requests, seen, ran, refused };
}

const shown = (seen: ChatEvent[]) => seen.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');

describe('the rounds of a turn', () => {
  it('are one where the model calls nothing', async () => {
    const { draft, requests, seen } = await play({ server: ['f'], rounds: [[say('Four.'), done('stop')]] });
    expect([requests.length, shown(seen), draft.content, draft.finishReason, draft.exchange]).toEqual([
      1,
      'Four.',
      'Four.',
      'stop',
      null,
    ]);
  });

  it('give the model the results of its calls, in the order of the calls, and hide both from the caller', async () => {
    const slowFirst = async ({ name }: ToolRequest) => {
      if (name === 'f') await new Promise((resolve) => setImmediate(resolve));
      return outcome(name, `result of ${name}`);
    };
    const { draft, requests, seen } = await play({
      server: ['f', 'g'],
      rounds: [
        [say('Let me see.'), call(0, 'f', '{"a":1}'), call(1, 'g', ''), done('tool_calls', 5)],
        [say('It is '), say('four.'), done('stop', 7)],
      ],
      run: slowFirst,
    });
    expect(requests[1]?.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id: 'call_0', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 'call_1', type: 'function', function: { name: 'g', arguments: '' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_0', content: 'result of f' },
      { role: 'tool', tool_call_id: 'call_1', content: 'result of g' },
    ]);
    expect(seen.every(({ type }) => type === 'text-delta')).toBe(true);
    expect(shown(seen)).toBe('Let me see.\n\nIt is four.');
    expect(draft.content).toBe('Let me see.\n\nIt is four.');
    expect(draft.exchange).toMatchObject({ rounds: [{ content: 'Let me see.' }], text: 'It is four.', beside: null });
    expect(draft.executedTools).toEqual(['f', 'g']);
    expect(draft.usage).toMatchObject({ promptTokens: 20, completionTokens: 12, estimated: false });
  });

  it('force a choice of tool in the first one only', async () => {
    const { requests } = await play({ server: ['f'], rounds: [[call(0, 'f'), done('tool_calls')], [done('stop')]] });
    expect(requests.map(({ toolChoice }) => toolChoice)).toEqual(['auto', undefined]);
  });

  it('end with one more without tools when the model will not stop calling them', async () => {
    const again = [call(0, 'f'), done('tool_calls')];
    const { requests, ran, draft } = await play({ server: ['f'], maxRounds: 2, rounds: [again, again, again] });
    expect(requests.map(({ tools }) => tools?.length)).toEqual([1, 1, undefined]);
    expect(requests[2]).not.toHaveProperty('parallelToolCalls');
    expect([ran.length, draft.finishReason, draft.toolCalls]).toEqual([2, 'stop', null]);
  });

  it('tell the model what went wrong', async () => {
    const { requests } = await play({
      server: ['f'],
      rounds: [[call(0, 'f'), done('tool_calls')], [done('stop')]],
      run: async ({ name }) => ({ ...outcome(name, ''), error: new CozyError('TOOL_TIMEOUT') }),
    });
    expect(requests[1]?.messages.at(-1)?.content).toBe('Error: The tool took too long.');
  });

  it('cut long results, and say so', async () => {
    const { requests } = await play({
      server: ['f'],
      rounds: [[call(0, 'f'), done('tool_calls')], [done('stop')]],
      run: async ({ name }) => outcome(name, 'word '.repeat(5000)),
    });
    const told = textOf(requests[1]?.messages.at(-1)?.content ?? null);
    expect(told.length).toBeLessThan(1000);
    expect(told).toMatch(/\[cut: \d+ more characters\]$/);
  });

  it('run no more than sixteen calls at once', async () => {
    const calls = Array.from({ length: 20 }, (_, at) => call(at, 'f'));
    const { requests, ran } = await play({ server: ['f'], rounds: [[...calls, done('tool_calls')], [done('stop')]] });
    expect(ran).toHaveLength(16);
    expect(requests[1]?.messages.at(-1)?.content).toMatch(/At most 16 calls/);
  });

  it('run nothing of an answer that was cut at its length', async () => {
    const { ran, draft } = await play({ server: ['f'], rounds: [[say('So'), call(0, 'f', '{"a'), done('length')]] });
    expect([ran, draft.finishReason, draft.toolCalls]).toEqual([[], 'length', null]);
  });

  it('end at once when the caller leaves while tools run', async () => {
    const caller = new AbortController();
    const { draft, requests } = await play({
      server: ['f'],
      rounds: [[say('Wait.'), call(0, 'f'), done('tool_calls')]],
      signal: caller.signal,
      run: () => {
        caller.abort(new Error('left'));
        return Promise.reject(new Error('left'));
      },
    });
    expect([requests.length, draft.finishReason, draft.content, draft.exchange]).toEqual([1, undefined, 'Wait.', null]);
  });

  const refusal: AiEvent[] = [{ type: 'error', error: new CozyError('ENGINE_TOOLS_UNSUPPORTED') }];

  it('go on without tools where the model cannot use any', async () => {
    const { requests, draft, refused } = await play({ server: ['f'], rounds: [refusal, [say('Four.'), done('stop')]] });
    expect(requests.map(({ tools }) => tools?.length)).toEqual([1, undefined]);
    expect([draft.error, draft.finishReason, draft.content, refused]).toEqual([undefined, 'stop', 'Four.', 1]);
  });

  it('end with the model’s refusal where the caller has brought tools', async () => {
    const { requests, draft } = await play({ server: ['f'], callers: ['mine'], rounds: [refusal] });
    expect([requests.length, draft.error?.code]).toEqual([1, 'ENGINE_TOOLS_UNSUPPORTED']);
  });

  it('keep what was done before the model failed', async () => {
    const { draft } = await play({
      server: ['f'],
      rounds: [
        [call(0, 'f'), done('tool_calls')],
        [say('So '), { type: 'error', error: new CozyError('ENGINE_STREAM_CUT') }],
      ],
    });
    expect([draft.error?.code, draft.finishReason, draft.content]).toEqual(['ENGINE_STREAM_CUT', undefined, 'So ']);
    expect(draft.exchange?.rounds).toHaveLength(1);
  });
});

describe('calls of the caller’s own functions', () => {
  it('end the turn, and are shown as they come', async () => {
    const { seen, draft, ran } = await play({
      callers: ['mine'],
      rounds: [
        [call(0, 'mine', '{"a":'), { type: 'tool-call-delta', index: 0, argumentsText: '1}' }, done('tool_calls')],
      ],
    });
    expect(seen).toHaveLength(2);
    expect([ran, draft.finishReason, draft.toolCalls?.[0]?.function]).toEqual([
      [],
      'tool_calls',
      { name: 'mine', arguments: '{"a":1}' },
    ]);
  });

  it('beside calls of the server’s: the server’s are run, the caller’s handed back, numbered without gaps', async () => {
    const { seen, draft, ran } = await play({
      server: ['f'],
      callers: ['mine'],
      rounds: [[say('Both.'), call(0, 'f'), call(1, 'mine'), done('tool_calls')]],
    });
    expect(ran.map(({ name }) => name)).toEqual(['f']);
    expect(seen.filter(({ type }) => type === 'tool-call-delta')).toEqual([
      { type: 'tool-call-delta', index: 0, id: 'call_1', name: 'mine', argumentsText: '{}' },
    ]);
    expect(draft.toolCalls?.map(({ id }) => id)).toEqual(['call_1']);
    expect(draft.exchange).toMatchObject({
      rounds: [],
      text: 'Both.',
      beside: { calls: [{ id: 'call_0' }], results: ['result of f'] },
    });
  });

  it('wait for the name of the function before they are shown', async () => {
    const { seen } = await play({
      server: ['f'],
      callers: ['mine'],
      rounds: [
        [
          { type: 'tool-call-delta', index: 0, argumentsText: '{"a"' },
          { type: 'tool-call-delta', index: 0, id: 'x', name: 'mine', argumentsText: ':1}' },
          done('tool_calls'),
        ],
      ],
    });
    expect(seen).toEqual([{ type: 'tool-call-delta', index: 0, id: 'x', name: 'mine', argumentsText: '{"a":1}' }]);
  });

  it('are the server’s where both know the name', async () => {
    const { ran, seen } = await play({
      server: ['f'],
      callers: ['f'],
      rounds: [[call(0, 'f'), done('tool_calls')], [done('stop')]],
    });
    expect([ran.length, seen]).toEqual([1, []]);
  });

  it('that nobody knows go back to the model where the server has tools, and to the caller where it has none', async () => {
    const rounds = [[call(0, 'invented'), done('tool_calls')], [done('stop')]];
    const asked = await play({ server: ['f'], callers: ['mine'], rounds });
    expect([asked.ran.length, asked.draft.finishReason, asked.draft.toolCalls]).toEqual([1, 'stop', null]);
    const passed = await play({ callers: ['mine'], rounds });
    expect([passed.ran.length, passed.draft.finishReason]).toEqual([0, 'tool_calls']);
    expect(passed.draft.toolCalls).toHaveLength(1);
  });
});
