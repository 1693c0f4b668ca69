import { describe, expect, it } from 'vitest';
import type { AiEvent } from '../ai.port.js';
import { ChunkReader } from './openai-chunks.js';

const chunk = (delta: unknown, finishReason: unknown = null) => ({
  model: 'm-1',
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});
const calls = (...toolCalls: unknown[]) => chunk({ tool_calls: toolCalls });

function readAll(chunks: readonly unknown[]): AiEvent[] {
  const reader = new ChunkReader('asked-for');
  return [...chunks.flatMap((item) => [...reader.read(item)]), ...reader.end(true)];
}

const finish = (reason: string) => ({ type: 'finish', reason, usage: null, model: 'm-1' });
const call = (index: number, rest: object) => ({ type: 'tool-call-delta', index, ...rest });
/** One that was made here. */
const OWN = expect.stringMatching(/^call_\w{32}$/) as string;

describe('tool calls', () => {
  const whole = [call(0, { id: 'c1', name: 'f', argumentsText: '{"a":1}' })];

  it.each<[string, unknown[], unknown[]]>([
    [
      'in pieces',
      [
        calls({ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }),
        calls({ index: 0, function: { arguments: '{"a"' } }),
        calls({ index: 0, function: { arguments: ':1}' } }),
      ],
      [call(0, { id: 'c1', name: 'f' }), call(0, { argumentsText: '{"a"' }), call(0, { argumentsText: ':1}' })],
    ],
    ['in one piece', [calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '{"a":1}' } })], whole],
    ['without an index', [calls({ id: 'c1', function: { name: 'f', arguments: '{"a":1}' } })], whole],
    [
      'with arguments as an object',
      [calls({ index: 0, id: 'c1', function: { name: 'f', arguments: { a: 1 } } })],
      whole,
    ],
    [
      'two without an index',
      [
        calls({ id: 'c1', function: { name: 'f', arguments: '{}' } }, { id: 'c2', function: { name: 'g' } }),
        calls({ function: { arguments: '{"b"' } }),
        calls({ id: 'c2', function: { arguments: ':2}' } }),
      ],
      [
        call(0, { id: 'c1', name: 'f', argumentsText: '{}' }),
        call(1, { id: 'c2', name: 'g' }),
        call(1, { argumentsText: '{"b"' }),
        call(1, { argumentsText: ':2}' }),
      ],
    ],
    [
      'two under index 0',
      [
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '{}' } }),
        calls({ index: 0, id: 'c2', function: { name: 'f', arguments: '{"b":2}' } }),
      ],
      [
        call(0, { id: 'c1', name: 'f', argumentsText: '{}' }),
        call(1, { id: 'c2', name: 'f', argumentsText: '{"b":2}' }),
      ],
    ],
    [
      'two under one id and different indexes',
      [
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '{"p"' } }),
        calls({ index: 1, id: 'c1', function: { name: 'g', arguments: '{"p"' } }),
        calls({ index: 0, id: 'c1', function: { arguments: ':1}' } }),
        calls({ index: 1, function: { arguments: ':2}' } }),
      ],
      [
        call(0, { id: 'c1', name: 'f', argumentsText: '{"p"' }),
        call(1, { id: 'c1_1', name: 'g', argumentsText: '{"p"' }),
        call(0, { argumentsText: ':1}' }),
        call(1, { argumentsText: ':2}' }),
      ],
    ],
    [
      'two of one function under one id and different indexes',
      [
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '{"p":1}' } }),
        calls({ index: 1, id: 'c1', function: { name: 'f', arguments: '{"p":2}' } }),
      ],
      [
        call(0, { id: 'c1', name: 'f', argumentsText: '{"p":1}' }),
        call(1, { id: 'c1_1', name: 'f', argumentsText: '{"p":2}' }),
      ],
    ],
    [
      'two under one id and one index',
      [
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '{}' } }),
        calls({ index: 0, id: 'c1', function: { name: 'g', arguments: '{"b"' } }),
        calls({ index: 0, id: 'c1', function: { arguments: ':2}' } }),
      ],
      [
        call(0, { id: 'c1', name: 'f', argumentsText: '{}' }),
        call(1, { id: 'c1_1', name: 'g', argumentsText: '{"b"' }),
        call(1, { argumentsText: ':2}' }),
      ],
    ],
    [
      'three under one id, which is the later name of another',
      [
        calls(
          { index: 0, id: 'c1', function: { name: 'f', arguments: '{}' } },
          { index: 1, id: 'c1_2', function: { name: 'f', arguments: '{}' } },
          { index: 2, id: 'c1', function: { name: 'f', arguments: '{}' } },
        ),
      ],
      [
        call(0, { id: 'c1', name: 'f', argumentsText: '{}' }),
        call(1, { id: 'c1_2', name: 'f', argumentsText: '{}' }),
        call(2, { id: 'c1_2_2', name: 'f', argumentsText: '{}' }),
      ],
    ],
    [
      'two under one id that comes after their names',
      [
        calls(
          { index: 0, function: { name: 'f', arguments: '{}' } },
          { index: 1, function: { name: 'f', arguments: '{}' } },
        ),
        calls({ index: 0, id: 'c1' }, { index: 1, id: 'c1' }),
      ],
      [call(0, { id: OWN, name: 'f', argumentsText: '{}' }), call(1, { id: OWN, name: 'f', argumentsText: '{}' })],
    ],
    [
      'under an id, with the index in its first piece only',
      [
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '{' } }),
        calls({ id: 'c1', function: { arguments: '}' } }),
      ],
      [call(0, { id: 'c1', name: 'f', argumentsText: '{' }), call(0, { argumentsText: '}' })],
    ],
    [
      'with indexes that begin at 1',
      [calls({ index: 1, id: 'c1', function: { name: 'f', arguments: '{"a":1}' } })],
      whole,
    ],
    [
      'with the id after the name',
      [calls({ index: 0, function: { name: 'f', arguments: '{}' } }), calls({ index: 0, id: 'c1' })],
      [call(0, { id: OWN, name: 'f', argumentsText: '{}' })],
    ],
    [
      'with the id after the name, and both in every later piece',
      [
        calls({ index: 0, function: { name: 'f', arguments: '{' } }),
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '"a"' } }),
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: ':1}' } }),
      ],
      [
        call(0, { id: OWN, name: 'f', argumentsText: '{' }),
        call(0, { argumentsText: '"a"' }),
        call(0, { argumentsText: ':1}' }),
      ],
    ],
    [
      'with the name after the id and the arguments',
      [
        calls({ index: 0, id: 'c1' }),
        calls({ index: 0, function: { arguments: '{"a"' } }),
        calls({ index: 0, function: { name: 'f', arguments: ':1}' } }),
      ],
      whole,
    ],
    ['without a name', [calls({ index: 0, id: 'c1', function: {} })], [call(0, { id: 'c1', argumentsText: '{}' })]],
    [
      'with id and name in every piece',
      [
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '{' } }),
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '}' } }),
      ],
      [call(0, { id: 'c1', name: 'f', argumentsText: '{' }), call(0, { argumentsText: '}' })],
    ],
    [
      'with a new id for every piece',
      [
        calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '{' } }),
        calls({ index: 0, id: 'x2', function: { arguments: '}' } }),
      ],
      [call(0, { id: 'c1', name: 'f', argumentsText: '{' }), call(0, { argumentsText: '}' })],
    ],
    [
      'without arguments',
      [calls({ index: 0, id: 'c1', function: { name: 'f', arguments: '' } })],
      [call(0, { id: 'c1', name: 'f' }), call(0, { argumentsText: '{}' })],
    ],
    [
      'with null pieces',
      [
        calls(null, { index: 0, id: 'c1', function: { name: 'f', arguments: '{"a":1}' } }),
        calls({ index: 0, function: null }),
      ],
      whole,
    ],
  ])('%s', (_name, chunks, expected) => {
    expect(readAll([...chunks, chunk({}, 'tool_calls')])).toEqual([...expected, finish('tool_calls')]);
  });

  it('gives an id at once where the provider gives none, also to the older function_call', () => {
    const events = readAll([
      chunk({ function_call: { name: 'f', arguments: '{"a"' } }),
      chunk({ function_call: { arguments: ':1}' } }),
      chunk({}, 'function_call'),
    ]);
    expect(events).toEqual([
      call(0, { id: OWN, name: 'f', argumentsText: '{"a"' }),
      call(0, { argumentsText: ':1}' }),
      finish('tool_calls'),
    ]);
  });
});
