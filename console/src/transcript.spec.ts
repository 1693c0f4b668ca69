import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.js';
import type { StoredMessage } from './api-types.js';
import { contentText, type Entry, tokenTotal, transcript, type TranscriptAction } from './transcript.js';

const at = '2026-01-02T03:04:05Z';
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const asked: TranscriptAction = { type: 'asked', key: 'k', text: 'Hello?', at };
const after = (...actions: TranscriptAction[]): Entry[] => actions.reduce(transcript, []);
const delta = (text: string): TranscriptAction => ({ type: 'part', key: 'k', part: { type: 'delta', text } });
const done: TranscriptAction = { type: 'part', key: 'k', part: { type: 'done' } };
const told: TranscriptAction = { type: 'part', key: 'k', part: { type: 'usage', usage, metadata: null } };
const error = new ApiError('Broken.', 'ENGINE_UNAVAILABLE');

const stored = (fields: Partial<StoredMessage>): StoredMessage => ({
  id: 'm',
  role: 'assistant',
  content: 'Hi',
  created_at: at,
  ...fields,
});

const load = (...messages: StoredMessage[]): TranscriptAction => ({
  type: 'loaded',
  detail: { messages, total_messages: messages.length, personality_id: 'mira' },
});

describe(transcript, () => {
  it.each<[string, TranscriptAction[], Partial<Entry>]>([
    ['waits after the question', [], { text: '', state: 'streaming' }],
    ['grows with the text', [delta('Hel'), delta('lo')], { text: 'Hello', state: 'streaming' }],
    ['is done at the end', [delta('Hi'), told, done], { text: 'Hi', state: 'done', usage }],
    [
      'is marked when it ran into the length limit',
      [delta('Hi'), { type: 'part', key: 'k', part: { type: 'finish', reason: 'length' } }, done],
      { state: 'cut' },
    ],
    ['stays, marked, when stopped', [delta('Hi'), { type: 'stopped', key: 'k' }], { text: 'Hi', state: 'interrupted' }],
    [
      'keeps its own error when the stream then ends',
      [{ type: 'part', key: 'k', part: { type: 'error', error } }, done],
      { state: 'failed', error },
    ],
    [
      'keeps its first error when the connection then breaks',
      [
        { type: 'part', key: 'k', part: { type: 'error', error } },
        { type: 'failed', key: 'k', error: new ApiError('Later.', 'CLIENT_STREAM_CUT') },
      ],
      { state: 'failed', error },
    ],
    [
      'starts afresh on a retry',
      [delta('Hal'), { type: 'failed', key: 'k', error }, { type: 'retried', key: 'k', at }],
      { text: '', state: 'streaming', error: null },
    ],
  ])('an answer %s', (_name, actions, expected) => {
    const entries = after(asked, ...actions);
    expect(entries).toHaveLength(2);
    expect(entries[1]).toMatchObject({ role: 'assistant', ...expected });
  });

  it('shows what people said, and not the machinery', () => {
    const entries = after(
      load(
        stored({ id: '1', role: 'system', content: 'secret' }),
        stored({ id: '2', role: 'user', content: [{ type: 'text', text: 'Look' }, { type: 'image_url' }] }),
        stored({ id: '3', content: null }),
        stored({ id: '4', role: 'tool', content: '{}' }),
        stored({ id: '5', content: 'Half', metadata: { interrupted: true } }),
        stored({ id: '6', content: '', metadata: { interrupted: true } }),
        stored({ id: '7', content: '', tool_calls: [{ function: { name: 'weather' } }, null] }),
      ),
    );
    expect(entries.map(({ key, text, state, calls }) => [key, text, state, ...calls])).toEqual([
      ['2', 'Look', 'done'],
      ['5', 'Half', 'interrupted'],
      ['6', '', 'interrupted'],
      ['7', '', 'done', 'weather', 'a function'],
    ]);
  });

  it('does not let a late reload drop an answer under way', () => {
    const entries = after(asked, delta('Hi'), load(stored({ id: 'old' })), delta(' there'));
    expect(entries.map((entry) => entry.text)).toEqual(['Hello?', 'Hi there']);
  });
});

describe(contentText, () => {
  it.each<[unknown, string]>([
    ['plain', 'plain'],
    [null, ''],
    [undefined, ''],
    [[{ type: 'text', text: 'a' }, null, { type: 'text', text: 'b' }], 'a\nb'],
    [{ text: 'not a list' }, ''],
  ])('reads %j', (content, text) => {
    expect(contentText(content)).toBe(text);
  });
});

describe(tokenTotal, () => {
  const welcome = stored({ id: 'w', metadata: {} });
  const question = stored({ id: 'q', role: 'user' });
  const priced = stored({ id: 'a', metadata: { usage } });
  const guessed = stored({ id: 'b', metadata: { usage: { ...usage, estimated: true } } });
  it.each<[string, StoredMessage[], unknown]>([
    ['only the welcome', [welcome], null],
    ['one answer', [welcome, question, priced], { tokens: 5, estimated: false, partial: false }],
    ['an estimated one', [question, priced, question, guessed], { tokens: 10, estimated: true, partial: false }],
    ['one of unknown cost', [question, priced, question, stored({})], { tokens: 5, estimated: false, partial: true }],
    [
      'one refused before it cost anything',
      [question, priced, question, stored({ content: '', metadata: { interrupted: true } })],
      { tokens: 5, estimated: false, partial: false },
    ],
    [
      'one that only called a function',
      [question, { ...priced, content: '', tool_calls: [{ function: { name: 'weather' } }] }, stored({ role: 'tool' })],
      { tokens: 5, estimated: false, partial: false },
    ],
    ['none of known cost', [question, stored({})], null],
  ])('adds up %s', (_name, messages, total) => {
    expect(tokenTotal(after(load(...messages)))).toEqual(total);
  });
});
