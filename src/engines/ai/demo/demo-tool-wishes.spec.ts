import { describe, expect, it } from 'vitest';
import { wishedCall } from './demo-tool-wishes.js';

const tools = ['calculator', 'unit_convert', 'get_current_time'].map((name) => ({
  type: 'function' as const,
  function: { name },
}));
const wish = (content: string, offered = tools) =>
  wishedCall({ model: 'demo', messages: [{ role: 'user', content }], tools: offered });

describe('wishedCall', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['What is 2 + 2?', 'calculator', { expression: '2 + 2' }],
    ['calculate (3.5 - 1) * 2', 'calculator', { expression: '(3.5 - 1) * 2' }],
    ['12 × 12 =', 'calculator', { expression: '12 * 12' }],
    ['1,200 / 3', 'calculator', { expression: '1200 / 3' }],
    ['计算 3*7', 'calculator', { expression: '3*7' }],
    ['3+4等于多少？', 'calculator', { expression: '3+4' }],
    ['Convert 10 miles to km', 'unit_convert', { value: 10, from: 'miles', to: 'km' }],
    ['What is 72 °F in °C?', 'unit_convert', { value: 72, from: '°F', to: '°C' }],
    ['What time is it?', 'get_current_time', { timezone: 'UTC' }],
    ['What is the time in Europe/Lisbon?', 'get_current_time', { timezone: 'Europe/Lisbon' }],
    ['What time is it in Tokyo?', 'get_current_time', { timezone: 'Asia/Tokyo' }],
    ['what time is it in new york right now', 'get_current_time', { timezone: 'America/New_York' }],
    ['What time is it in Atlantis?', 'get_current_time', { timezone: 'UTC' }],
    ['现在几点？', 'get_current_time', { timezone: 'UTC' }],
  ])('%s', (text, name, args) => {
    expect(wish(text)).toEqual({ name, args });
  });

  it.each([
    'Hello',
    'My number is 5',
    'I was born on 2001-02-03 and I have 2 dogs',
    'It was a nice time',
    'I had a hard time at work',
    '',
    '-',
    'What is 5?',
    `1 + ${'1'.repeat(300)}`,
  ])('nothing in "%s"', (text) => {
    expect(wish(text)).toBeUndefined();
  });

  it('nothing where the tool is not offered, or the last message is a result', () => {
    expect(wish('2 + 2', [])).toBeUndefined();
    const messages = [
      { role: 'user' as const, content: '2 + 2' },
      { role: 'tool' as const, content: '4', tool_call_id: 'a' },
    ];
    expect(wishedCall({ model: 'demo', messages, tools })).toBeUndefined();
  });
});
