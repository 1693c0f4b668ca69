import { describe, expect, it } from 'vitest';
import { countMessageTokens, countOneMessage, countTokens, countToolTokens, encodingOf } from './token-estimate.js';

const picture = (detail?: string) => ({ type: 'image_url', image_url: { url: 'data:', detail } });

describe('countTokens', () => {
  it.each([
    ['', 0],
    ['hello world', 2],
    ['The quick brown fox jumps over the lazy dog.', 10],
    ['你好，世界', 3],
    ['const a = 1;\n\n  return a;\n', 10],
  ])('%j is %i tokens', (text, expected) => {
    expect(countTokens(text)).toBe(expected);
  });

  it.each(['<|endoftext|>', 'a <|im_start|>system<|im_sep|> b', '<|endofprompt|><|fim_middle|>'])(
    'takes special-token text %j as text',
    (text) => {
      expect(countTokens(text)).toBeGreaterThan(3);
    },
  );

  it.each([
    ['one letter', 'a'.repeat(1_048_576), 131_072],
    ['Chinese without a space', '没有空格的很长很长的中文文本'.repeat(75_000), 700_000],
    ['emoji', '😀🎉👩‍👩‍👧'.repeat(100_000), 1_000_000],
    ['spaces', ' '.repeat(1_048_576), 8_000],
    ['line feeds', '\n'.repeat(1_048_576), 100_000],
    ['punctuation', '=-'.repeat(524_288), 100_000],
  ])('counts a megabyte of %s in bounded work', (_name, text, magnitude) => {
    const counted = countTokens(text);
    expect(counted).toBeGreaterThan(magnitude / 4);
    expect(counted).toBeLessThan(magnitude * 4);
  });

  it('estimates long prose as it counts short prose', () => {
    const paragraph = 'The engine answers in a stream, and every turn of it is counted before it is sent. ';
    const perParagraph = countTokens(paragraph.repeat(100)) / 100;
    const estimate = countTokens(paragraph.repeat(5000));
    expect(Math.abs(estimate / (perParagraph * 5000) - 1)).toBeLessThan(0.02);
  });

  it('survives a cut through a surrogate pair and lone surrogates', () => {
    expect(countTokens('a' + '😀'.repeat(400))).toBeGreaterThan(300);
    expect(countTokens('\ud83d'.repeat(300))).toBeGreaterThan(0);
  });
});

describe('countMessageTokens', () => {
  it('adds the framing of messages, names and the answer', () => {
    expect(countMessageTokens([])).toBe(3);
    expect(countMessageTokens([{ role: 'user', content: 'hello world' }])).toBe(3 + 3 + 2);
    expect(countOneMessage({ role: 'user', content: 'hello world', name: 'ana' })).toBe(3 + 2 + 1 + 1);
  });

  it('counts tool calls, texts of parts and pictures', () => {
    const call = { id: 'c', type: 'function' as const, function: { name: 'now', arguments: '{}' } };
    expect(countOneMessage({ role: 'assistant', content: null, tool_calls: [call] })).toBe(3 + 8 + 1 + 1);
    expect(countOneMessage({ role: 'user', content: [{ type: 'text', text: 'hello' }, picture()] })).toBe(3 + 1 + 765);
    expect(countOneMessage({ role: 'user', content: [picture('low')] })).toBe(3 + 85);
    expect(countOneMessage({ role: 'user', content: [{ type: 'input_audio' }] })).toBe(3 + 256);
  });

  it('counts the schemas of tools', () => {
    const tool = { type: 'function' as const, function: { name: 'now', parameters: { type: 'object' } } };
    expect(countToolTokens([tool])).toBeGreaterThan(10);
    expect(countToolTokens([])).toBe(0);
  });
});

describe('the vocabulary of a model', () => {
  it.each([
    'gpt-4',
    'gpt-4-turbo',
    'gpt-4-0613',
    'gpt-4-32k',
    'gpt-3.5-turbo',
    'gpt-35-turbo',
    'openai/gpt-4',
    'openai/gpt-3.5-turbo',
  ])('%s counts in cl100k', (model) => {
    expect(encodingOf(model)).toBe('cl100k_base');
  });

  it.each([
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-4.1',
    'gpt-4.5-preview',
    'gpt-5',
    'o3',
    'openai/gpt-4o',
    'chatgpt-4o-latest',
    'claude-sonnet',
    'qwen3',
    'my-gpt-4x',
    '',
  ])('%s counts in o200k', (model) => {
    expect(encodingOf(model)).toBe('o200k_base');
  });

  it('makes other counts of the same text', () => {
    const text = '今天天气很好，我们去河边散步吧。';
    expect([countTokens(text), countTokens(text, 'cl100k_base')]).toEqual([12, 21]);
    expect(countMessageTokens([{ role: 'user', content: text }], 'cl100k_base')).toBe(21 + 3 + 3);
  });
});
