import { describe, expect, it } from 'vitest';
import { textOf } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { AiEvent } from '../../engines/ai/ai.port.js';
import { call, done, outcome, play, say } from '../../../test/setup/tool-loop.js';
import type { ToolRequest } from '../tools/tool-outcome.js';
import type { ChatEvent } from './chat-event.js';

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

  it('give the model the results of its calls, in the order of the calls, and hide both from the caller, who is told what runs', async () => {
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
    expect(seen.filter(({ type }) => type !== 'text-delta')).toEqual(
      [
        ['call_0', 'f', 'running'],
        ['call_1', 'g', 'running'],
        ['call_1', 'g', 'done'],
        ['call_0', 'f', 'done'],
      ].map(([callId, name, status]) => ({ type: 'tool-activity', callId, name, status })),
    );
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

  it('do not call executed what was refused', async () => {
    const refused = { error: new CozyError('TOOL_NOT_ALLOWED') };
    const { draft } = await play({
      server: ['f'],
      rounds: [[call(0, 'f'), done('tool_calls')], [done('stop')]],
      run: async ({ name }) => ({ ...outcome(name, ''), ...refused }),
    });
    expect(draft.executedTools).toEqual([]);
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

  it('end when the caller leaves while tools run, and keep what those did', async () => {
    const caller = new AbortController();
    const { draft, requests } = await play({
      server: ['f'],
      rounds: [[say('Wait.'), call(0, 'f'), done('tool_calls')]],
      signal: caller.signal,
      run: async ({ name }) => {
        caller.abort(new Error('left'));
        return outcome(name, 'sent');
      },
    });
    expect([requests.length, draft.finishReason, draft.content]).toEqual([1, undefined, 'Wait.']);
    expect(draft.exchange?.rounds).toMatchObject([{ results: ['sent'] }]);
    expect([draft.executedTools, draft.records.length]).toEqual([['f'], 1]);
  });

  it('end with one more without tools when the turn has taken too long', async () => {
    const again = [call(0, 'f'), done('tool_calls')];
    const { requests } = await play({ server: ['f'], turnMs: -1, rounds: [again, [done('stop')]] });
    expect(requests.map(({ tools }) => tools?.length)).toEqual([1, undefined]);
  });

  it('ask once more with tools, forbidden, where a provider insists on being told of them', async () => {
    const again = [call(0, 'f'), done('tool_calls')];
    const rejection: AiEvent[] = [{ type: 'error', error: new CozyError('ENGINE_REQUEST_REJECTED') }];
    const { requests, draft } = await play({
      server: ['f'],
      maxRounds: 1,
      rounds: [again, rejection, [say('Four.'), done('stop')]],
    });
    expect(requests.map(({ tools, toolChoice }) => [tools?.length, toolChoice])).toEqual([
      [1, 'auto'],
      [undefined, undefined],
      [1, 'none'],
    ]);
    expect([draft.content, draft.error]).toEqual(['Four.', undefined]);
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
