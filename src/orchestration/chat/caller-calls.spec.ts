import { describe, expect, it } from 'vitest';
import { call, done, play, say } from '../../../test/setup/tool-loop.js';
import type { ChatEvent } from './chat-event.js';

const deltas = (seen: ChatEvent[]) => seen.filter(({ type }) => type === 'tool-call-delta');

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
    expect(deltas(seen)).toEqual([
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

  it('after a round of the server’s are shown from the first piece on', async () => {
    const { seen, draft } = await play({
      server: ['f'],
      callers: ['mine'],
      rounds: [
        [call(0, 'f'), done('tool_calls')],
        [call(0, 'mine', '{"a":1}'), done('tool_calls')],
      ],
    });
    expect(deltas(seen)).toEqual([
      { type: 'tool-call-delta', index: 0, id: 'call_0', name: 'mine', argumentsText: '{"a":1}' },
    ]);
    expect(draft.toolCalls).toHaveLength(1);
  });

  it('are the server’s where both know the name', async () => {
    const { ran, seen } = await play({
      server: ['f'],
      callers: ['f'],
      rounds: [[call(0, 'f'), done('tool_calls')], [done('stop')]],
    });
    expect([ran.length, deltas(seen)]).toEqual([1, []]);
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
