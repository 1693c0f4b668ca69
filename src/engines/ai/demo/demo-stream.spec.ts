import { describe, expect, it } from 'vitest';
import type { AiRequest } from '../ai.port.js';
import { cutAtLimit, cutAtStop, piecesOf } from './demo-stream.js';
import { forcedTool, sampleAnswer } from './demo-tools.js';

describe('piecesOf', () => {
  it.each([
    ['Hello there, Ana.', ['Hello', ' there,', ' Ana.']],
    ['你好，Ana！', ['你', '好', '，', 'Ana', '！']],
    ['a  \n', ['a', '  \n']],
    ['', []],
  ])('%j', (text, pieces) => {
    expect(piecesOf(text)).toEqual(pieces);
    expect(piecesOf(text).join('')).toBe(text);
  });
});

describe('cutAtStop', () => {
  it.each<[string | string[] | undefined, string]>([
    [undefined, 'one two three'],
    ['two', 'one '],
    [['three', 'wo'], 'one t'],
    [['', 'four'], 'one two three'],
    ['one', ''],
  ])('%j', (stop, expected) => {
    expect(cutAtStop('one two three', stop)).toBe(expected);
  });
});

describe('cutAtLimit', () => {
  it.each<[number | undefined, string[], string]>([
    [undefined, ['one', ' two', ' three'], 'stop'],
    [3, ['one', ' two', ' three'], 'stop'],
    [2, ['one', ' two'], 'length'],
    [0, [], 'length'],
  ])('%j', (maxTokens, pieces, reason) => {
    expect(cutAtLimit(['one', ' two', ' three'], maxTokens)).toEqual({ pieces, reason });
  });
});

const tool = (name: string) => ({ type: 'function' as const, function: { name } });

describe('forcedTool', () => {
  const [a, b] = [tool('a'), tool('b')];
  const allowed = (mode: string) => ({ type: 'allowed_tools', allowed_tools: { mode, tools: [b] } });

  it.each<[string, Partial<AiRequest>, unknown]>([
    ['nothing', { tools: [a] }, 'none'],
    ['auto', { tools: [a], toolChoice: 'auto' }, 'none'],
    ['none', { tools: [a], toolChoice: 'none' }, 'none'],
    ['required', { tools: [a, b], toolChoice: 'required' }, a],
    ['required without tools', { toolChoice: 'required' }, 'unknown'],
    ['a name', { tools: [a, b], toolChoice: b }, b],
    ['an unknown name', { tools: [a], toolChoice: b }, 'unknown'],
    ['one of the allowed', { tools: [a, b], toolChoice: allowed('required') }, b],
    ['none of the allowed', { tools: [a, b], toolChoice: allowed('auto') }, 'none'],
    [
      'a tool whose result is there',
      { tools: [a], toolChoice: 'required', messages: [{ role: 'tool', content: '1' }] },
      'none',
    ],
  ])('%s', (_name, request, expected) => {
    expect(forcedTool({ model: 'm', messages: [], ...request })).toEqual(expected);
  });
});

describe('sampleAnswer', () => {
  const schema = { type: 'object', properties: { mood: { enum: ['calm'] } }, required: ['mood'] };
  it.each<[AiRequest['responseFormat'], string | undefined]>([
    [undefined, undefined],
    [{ type: 'text' }, undefined],
    [{ type: 'json_object' }, '{"answer":"Hi"}'],
    [{ type: 'json_schema', json_schema: { name: 'x', schema } }, '{"mood":"calm"}'],
  ])('%j', (format, expected) => {
    expect(sampleAnswer(format, 'Hi')).toBe(expected);
  });
});
