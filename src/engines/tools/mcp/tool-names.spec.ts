import { describe, expect, it } from 'vitest';
import { toolNames } from './tool-names.js';

const ACCEPTED = /^[a-zA-Z0-9_-]{1,64}$/;

describe('The names of MCP tools', () => {
  it.each([
    ['echo', 'mcp__files__echo'],
    ['read-file_2', 'mcp__files__read-file_2'],
    ['get.weather', 'mcp__files__get_weather'],
    ['a b/c', 'mcp__files__a_b_c'],
    ['天气', 'mcp__files____'],
  ])('%s is called %s', (tool, name) => {
    expect(toolNames('files', [tool])).toEqual([name]);
  });

  it('are cut and carry a hash where they are too long', () => {
    const long = 'x'.repeat(80);
    const [first, second] = toolNames('files', [`${long}1`, `${long}2`]);
    expect(first).toHaveLength(64);
    expect(first).toMatch(/^mcp__files__x+_[0-9a-f]{8}$/);
    expect(second).not.toBe(first);
  });

  it('stay apart where they would be alike; who needed no change keeps its name', () => {
    const names = toolNames('files', ['get.weather', 'get_weather', 'get weather']);
    expect(names[1]).toBe('mcp__files__get_weather');
    expect(new Set(names).size).toBe(3);
  });

  it('do not depend on the order of the list', () => {
    const tools = ['get.weather', 'get weather', '天气', '地图', 'echo', 'y'.repeat(90)];
    const byTool = (list: string[]) => Object.fromEntries(list.map((tool, at) => [tool, toolNames('s', list)[at]]));
    expect(byTool(tools.toReversed())).toEqual(byTool(tools));
  });

  it('are what OpenAI accepts, for the longest server too', () => {
    const tools = ['echo', 'a'.repeat(25), 'a'.repeat(26), 'a'.repeat(200), '🦊', ' '];
    for (const name of toolNames('s'.repeat(32), tools)) expect(name).toMatch(ACCEPTED);
  });
});
