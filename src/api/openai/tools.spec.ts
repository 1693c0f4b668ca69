import { describe, expect, it } from 'vitest';
import type { ToolDefinition } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { parseStop, parseToolChoice, parseTools } from './tools.js';

function refused(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof CozyError && error.code === 'VALIDATION_FAILED') return error.param;
    throw error;
  }
  return undefined;
}

const tool = (change: object = {}) => ({ type: 'function', function: { name: 'get_time', ...change } });
const TOOLS: ToolDefinition[] = [{ type: 'function', function: { name: 'get_time' } }];

describe('parseTools', () => {
  it.each([[undefined], [null], [[]]])('%j is none', (value) => {
    expect(parseTools(value)).toBeUndefined();
  });

  it('keeps what a model needs, and nothing else', () => {
    const schema = { type: 'object', properties: { zone: { type: 'string' } } };
    const full = tool({ description: 'd', parameters: schema, strict: true });
    expect(parseTools([{ ...full, extra: 1 }, tool({ parameters: null, strict: null, color: 'red' })])).toEqual([
      full,
      tool(),
    ]);
  });

  it.each(['a', 'a.b:c-d_E9', 'x'.repeat(128)])('takes the name %s', (name) => {
    expect(parseTools([tool({ name })])?.[0]?.function.name).toBe(name);
  });

  it('shortens a description without end', () => {
    expect(parseTools([tool({ description: 'x'.repeat(20_000) })])?.[0]?.function.description).toHaveLength(16_384);
  });

  it.each([
    ['tools', 'get_time'],
    ['tools', {}],
    ['tools', Array.from({ length: 129 }, () => tool())],
    ['tools[0]', ['get_time']],
    ['tools[0]', [{ type: 'retrieval' }]],
    ['tools[0]', [{ type: 'function' }]],
    ['tools[1].function.name', [tool(), tool({ name: '' })]],
    ['tools[0].function.name', [tool({ name: 'get time' })]],
    ['tools[0].function.name', [tool({ name: 'x'.repeat(129) })]],
    ['tools[0].function.name', [tool({ name: undefined })]],
    ['tools[0].function.parameters', [tool({ parameters: 'object' })]],
    ['tools[0].function.parameters', [tool({ parameters: [] })]],
  ])('names %s where it is wrong: %j', (param, value) => {
    expect(refused(() => parseTools(value))).toBe(param);
  });
});

describe('parseToolChoice', () => {
  const named = { type: 'function', function: { name: 'get_time' } };

  it.each<[unknown, ToolDefinition[] | undefined, unknown]>([
    [undefined, TOOLS, undefined],
    [null, TOOLS, undefined],
    ['auto', TOOLS, 'auto'],
    ['none', TOOLS, 'none'],
    ['required', TOOLS, 'required'],
    [named, TOOLS, named],
    [{ type: 'allowed_tools' }, TOOLS, { type: 'allowed_tools' }],
    ['auto', undefined, 'auto'],
    ['none', undefined, 'none'],
  ])('%j with the tools %j is %j', (value, tools, expected) => {
    expect(parseToolChoice(value, tools)).toEqual(expected);
  });

  it.each<[string, unknown, ToolDefinition[] | undefined]>([
    ['tool_choice', 'always', TOOLS],
    ['tool_choice', 5, TOOLS],
    ['tool_choice', [], TOOLS],
    ['tool_choice', 'required', undefined],
    ['tool_choice.function.name', { type: 'function', function: { name: 'other' } }, TOOLS],
    ['tool_choice.function.name', named, undefined],
  ])('names %s where it is %j', (param, value, tools) => {
    expect(refused(() => parseToolChoice(value, tools))).toBe(param);
  });
});

describe('parseStop', () => {
  it.each([
    [undefined, undefined],
    [null, undefined],
    [[], undefined],
    ['END', 'END'],
    [
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ],
    ['x'.repeat(1024), 'x'.repeat(1024)],
  ])('%j is %j', (value, expected) => {
    expect(parseStop(value)).toEqual(expected);
  });

  it.each([[5], [{}], [['a', 'b', 'c', 'd', 'e']], [['a', 5]], [[null]], ['x'.repeat(1025)]])('refuses %j', (value) => {
    expect(refused(() => parseStop(value))).toBe('stop');
  });
});
