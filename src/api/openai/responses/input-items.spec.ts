import { describe, expect, it } from 'vitest';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { readInput } from './input-items.js';

const MOST = 'x'.repeat(1_048_576);
const message = (...texts: string[]) => ({
  role: 'user',
  content: texts.map((text) => ({ type: 'input_text', text })),
});

/** The param of the refusal. */
function refused(input: unknown): string | undefined {
  try {
    readInput(input, 'input', new Map());
  } catch (error) {
    if (error instanceof CozyError && error.message.includes('may hold 1048576')) return error.param;
    throw error;
  }
  return undefined;
}

describe('readInput', () => {
  it.each([
    ['a text', MOST],
    ['parts', [message(MOST)]],
    ['arguments', [{ type: 'function_call', call_id: 'c', name: 'f', arguments: MOST }]],
    ['an output', [{ type: 'function_call_output', call_id: 'c', output: MOST }]],
  ])('takes %s of 1,048,576 characters', (_, input) => {
    expect(refused(input)).toBeUndefined();
  });

  it.each([
    ['input.content', `${MOST}x`],
    ['input[0].content', [message(MOST, 'x')]],
    ['input[0].arguments', [{ type: 'function_call', call_id: 'c', name: 'f', arguments: `${MOST}x` }]],
    ['input[0].output', [{ type: 'function_call_output', call_id: 'c', output: `${MOST}x` }]],
  ])('refuses more: %s', (param, input) => {
    expect(refused(input)).toBe(param);
  });

  it('does not count a picture', () => {
    const picture = { type: 'input_image', image_url: `data:image/png;base64,${MOST}${MOST}` };
    expect(refused([{ role: 'user', content: [picture] }])).toBeUndefined();
  });
});
