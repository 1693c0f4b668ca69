import { describe, expect, it } from 'vitest';
import type { AiEvent } from '../ai.port.js';
import { ChunkReader } from './openai-chunks.js';

const chunk = (delta: unknown, finishReason: unknown = null) => ({
  model: 'm-1',
  choices: [{ index: 0, delta, finish_reason: finishReason }],
});
const calls = (...toolCalls: unknown[]) => chunk({ tool_calls: toolCalls });

function readAll(chunks: readonly unknown[], sawDone = true): AiEvent[] {
  const reader = new ChunkReader('asked-for');
  return [...chunks.flatMap((item) => [...reader.read(item)]), ...reader.end(sawDone)];
}

const text = (words: string): AiEvent => ({ type: 'text-delta', text: words });
const finish = (reason: string, model = 'm-1') => ({ type: 'finish', reason, usage: null, model });

describe('text', () => {
  it.each<[string, unknown[], unknown[]]>([
    ['plain', [chunk({ role: 'assistant', content: '' }), chunk({ content: 'Hi' })], [text('Hi')]],
    ['content null', [chunk({ content: null }), chunk({ content: 'Hi' })], [text('Hi')]],
    ['delta null', [chunk(null), chunk({ content: 'Hi' })], [text('Hi')]],
    ['delta missing', [{ choices: [{}] }, chunk({ content: 'Hi' })], [text('Hi')]],
    [
      'choices empty, null or missing',
      [{ choices: [] }, { choices: null }, {}, chunk({ content: 'Hi' })],
      [text('Hi')],
    ],
    ['usage null', [{ choices: [], usage: null }, chunk({ content: 'Hi' })], [text('Hi')]],
    ['error null', [{ error: null, ...chunk({ content: 'Hi' }) }], [text('Hi')]],
    ['without an index', [{ model: 'm-1', choices: [{ delta: { content: 'Hi' } }] }], [text('Hi')]],
    [
      'of another choice',
      [{ choices: [{ index: 1, delta: { content: 'No' } }] }, chunk({ content: 'Hi' })],
      [text('Hi')],
    ],
    [
      'in parts',
      [chunk({ content: [{ type: 'thinking', text: 'hm' }, { type: 'text', text: 'Hi' }, null] })],
      [text('Hi')],
    ],
    ['a refusal', [chunk({ refusal: 'No.' })], [{ type: 'refusal-delta', text: 'No.' }]],
    ['reasoning beside it', [chunk({ reasoning_content: 'hm', content: 'Hi' })], [text('Hi')]],
    ['reasoning alone', [chunk({ reasoning_content: 'hm', content: null }), chunk({ reasoning: 'hm' })], []],
  ])('%s', (_name, chunks, expected) => {
    expect(readAll([...chunks, chunk({}, 'stop')])).toEqual([...expected, finish('stop')]);
  });

  it('takes the asked-for model where the provider names none', () => {
    expect(readAll([{ choices: [{ delta: {}, finish_reason: 'stop' }] }])).toEqual([finish('stop', 'asked-for')]);
  });
});

describe('when an answer has begun', () => {
  it.each<[string, unknown, boolean]>([
    ['a role', chunk({ role: 'assistant', content: '' }), false],
    ['nothing', {}, false],
    ['text', chunk({ content: 'Hi' }), true],
    ['reasoning', chunk({ reasoning_content: 'hm' }), true],
    ['a tool call', calls({ index: 0, id: 'c', function: { name: 'f' } }), true],
    ['the end', chunk({}, 'stop'), true],
  ])('%s', (_name, item, begun) => {
    const reader = new ChunkReader('m');
    reader.read(item);
    expect(reader.begun).toBe(begun);
  });
});

describe('the end', () => {
  const aCall = calls({ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } });

  it.each<[string, unknown[], string]>([
    ['eos', [chunk({ content: 'a' }, 'eos')], 'stop'],
    ['end_turn', [chunk({ content: 'a' }, 'end_turn')], 'stop'],
    ['STOP', [chunk({}, 'STOP')], 'stop'],
    ['MAX_TOKENS', [chunk({}, 'MAX_TOKENS')], 'length'],
    ['SAFETY', [chunk({}, 'SAFETY')], 'content_filter'],
    ['stop after calls', [aCall, chunk({}, 'stop')], 'tool_calls'],
    ['tool_calls without calls', [chunk({ content: 'a' }, 'tool_calls')], 'stop'],
    ['length after calls', [aCall, chunk({}, 'length')], 'length'],
    ['an unknown word', [chunk({}, 'constructor')], 'stop'],
    ['[DONE] after calls', [aCall], 'tool_calls'],
  ])('%s', (_name, chunks, reason) => {
    expect(readAll(chunks).at(-1)).toMatchObject({ type: 'finish', reason });
  });

  it.each<[string, unknown[], boolean, string]>([
    ['no reason', [chunk({ content: 'a' })], false, 'ENGINE_STREAM_CUT'],
    ['[DONE] in the middle of a text', [chunk({ content: 'a' })], true, 'ENGINE_STREAM_CUT'],
    ['no reason after calls', [aCall], false, 'ENGINE_STREAM_CUT'],
    ['nothing at all', [], false, 'ENGINE_STREAM_CUT'],
    ['reason error', [chunk({}, 'error')], true, 'ENGINE_FAILED'],
    ['reason abort', [chunk({}, 'abort')], true, 'ENGINE_STREAM_CUT'],
  ])('%s is an error', (_name, chunks, done, code) => {
    expect(readAll(chunks, done).at(-1)).toMatchObject({ type: 'error', error: { code } });
  });

  it.each<[unknown, string]>([
    [{ error: { code: 'context_length_exceeded' } }, 'ENGINE_CONTEXT_LENGTH'],
    [{ error: { code: 503 }, choices: [] }, 'ENGINE_FAILED'],
    [{ error: 'out of memory' }, 'ENGINE_FAILED'],
    [null, 'ENGINE_BAD_RESPONSE'],
    ['hello', 'ENGINE_BAD_RESPONSE'],
  ])('%j is an error', (item, code) => {
    expect(new ChunkReader('m').read(item)).toMatchObject([{ type: 'error', error: { code } }]);
  });
});

const counts = (prompt: unknown, completion: unknown) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  prompt_tokens_details: { cached_tokens: 1 },
  completion_tokens_details: null,
});
const read = (promptTokens: number, completionTokens: number) => ({
  promptTokens,
  completionTokens,
  estimated: false,
  promptDetails: { cached_tokens: 1 },
});

describe('token counts', () => {
  it.each<[string, unknown[], unknown]>([
    ['on their own chunk', [chunk({}, 'stop'), { choices: [], usage: counts(3, 4) }], read(3, 4)],
    ['on the finish chunk', [{ ...chunk({}, 'stop'), usage: counts(3, 4) }], read(3, 4)],
    [
      'on every chunk, the last',
      [
        { ...chunk({ content: 'a' }), usage: counts(3, 1) },
        { ...chunk({}, 'stop'), usage: counts(3, 2) },
      ],
      read(3, 2),
    ],
    [
      'then null',
      [
        { ...chunk({}, 'stop'), usage: counts(3, 4) },
        { choices: [], usage: null },
      ],
      read(3, 4),
    ],
    ['nowhere', [chunk({}, 'stop')], null],
    ['in half', [{ ...chunk({}, 'stop'), usage: counts(3, undefined) }], null],
    ['in fractions, which nothing stores', [{ ...chunk({}, 'stop'), usage: counts(3.5, 4) }], null],
    ['beyond all counting', [{ ...chunk({}, 'stop'), usage: counts(3, 2 ** 31) }], null],
    ['as nonsense', [{ ...chunk({}, 'stop'), usage: counts('3', -4) }], null],
  ])('%s', (_name, chunks, expected) => {
    const last = readAll(chunks).at(-1);
    expect(last?.type === 'finish' && last.usage).toEqual(expected);
  });
});
