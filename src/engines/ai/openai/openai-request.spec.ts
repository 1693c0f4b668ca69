import { describe, expect, it } from 'vitest';
import type { AiRequest } from '../ai.port.js';
import { chatParams, isOpenAiHost, type RefusedParameter } from './openai-request.js';

const messages: AiRequest['messages'] = [{ role: 'user', content: 'Hi' }];
const always = { model: 'm', messages, stream: true, stream_options: { include_usage: true } };
const tools: AiRequest['tools'] = [{ type: 'function', function: { name: 'f' } }];

describe('isOpenAiHost', () => {
  it.each([
    ['https://api.openai.com/v1', true],
    ['https://eu.api.openai.com/v1', true],
    ['https://mine.openai.azure.com/openai/v1', true],
    ['http://localhost:11434/v1', false],
    ['https://api.openai.com.evil.example/v1', false],
    ['nonsense', false],
  ])('%s: %s', (url, expected) => {
    expect(isOpenAiHost(url)).toBe(expected);
  });
});

describe('chatParams', () => {
  it.each<[string, Partial<AiRequest>, object]>([
    ['nothing that was not given', {}, {}],
    [
      'sampling',
      { temperature: 0, topP: 0.5, seed: 0, stop: ['a'] },
      { temperature: 0, top_p: 0.5, seed: 0, stop: ['a'] },
    ],
    ['a limit', { maxTokens: 5 }, { max_tokens: 5 }],
    ['a format', { responseFormat: { type: 'json_object' } }, { response_format: { type: 'json_object' } }],
    [
      'tools',
      { tools, toolChoice: 'auto', parallelToolCalls: false },
      { tools, tool_choice: 'auto', parallel_tool_calls: false },
    ],
    ['no tool choice without tools', { tools: [], toolChoice: 'none', parallelToolCalls: true }, {}],
    ['extra fields', { extra: { presence_penalty: 1 } }, { presence_penalty: 1 }],
    ['extra fields never over its own', { extra: { stream: false, model: 'x', messages: [] } }, {}],
  ])('sends %s', (_name, more, expected) => {
    expect(chatParams({ model: 'm', messages, ...more }, false)).toEqual({ ...always, ...expected });
  });

  it('speaks OpenAI’s newer words to OpenAI only', () => {
    const request: AiRequest = { model: 'm', messages: [{ role: 'developer', content: 'Be brief.' }], maxTokens: 5 };
    expect(chatParams(request, true)).toMatchObject({ max_completion_tokens: 5, messages: [{ role: 'developer' }] });
    expect(chatParams(request, false)).toMatchObject({ max_tokens: 5, messages: [{ role: 'system' }] });
    expect(request.messages[0]?.role).toBe('developer');
  });

  it.each<[string, Partial<AiRequest>, RefusedParameter[], object]>([
    [
      'a refused temperature',
      { temperature: 0.8, topP: 0.9, dispensable: ['temperature'] },
      ['temperature'],
      { top_p: 0.9 },
    ],
    [
      'refused sampling',
      { temperature: 0.8, topP: 0.9, dispensable: ['temperature', 'topP'] },
      ['temperature', 'top_p'],
      {},
    ],
    [
      'nothing that the caller insists on',
      { temperature: 0.8, dispensable: ['topP'] },
      ['temperature'],
      { temperature: 0.8 },
    ],
    ['no limit, but names it otherwise', { maxTokens: 5 }, ['max_tokens'], { max_completion_tokens: 5 }],
  ])('leaves out %s', (_name, more, refused, expected) => {
    expect(chatParams({ model: 'm', messages, ...more }, false, new Set(refused))).toEqual({ ...always, ...expected });
  });

  it('hands messages on without copying them', () => {
    expect(chatParams({ model: 'm', messages }, false).messages).toBe(messages);
  });
});
