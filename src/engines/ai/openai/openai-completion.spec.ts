import { describe, expect, it } from 'vitest';
import { CompletionReader } from './openai-completion.js';

const chunk = (content: string, reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: reason }] })}\n\n`;

function types(...pieces: string[]) {
  const reader = new CompletionReader('m');
  const events = pieces.flatMap((piece) => [...reader.push(piece)]);
  const last = events.at(-1)?.type === 'error' ? [] : reader.end();
  return [...events, ...last].map((event) => (event.type === 'error' ? event.error.code : event.type));
}

describe('CompletionReader', () => {
  it.each<[string, string[], string[]]>([
    [
      'a whole answer',
      [chunk('a') + chunk('b'), chunk('', 'stop'), 'data: [DONE]\n\n'],
      ['text-delta', 'text-delta', 'finish'],
    ],
    ['an answer without [DONE]', [chunk('a', 'stop')], ['text-delta', 'finish']],
    ['what comes after [DONE]', [chunk('a', 'stop'), `data: [DONE]\n\n${chunk('x')}`], ['text-delta', 'finish']],
    ['a last chunk without its blank line', [chunk('a', 'stop').trimEnd()], ['text-delta', 'finish']],
    ['comments between', [`: ping\n\n${chunk('a', 'stop')}`, ': ping\n\n'], ['text-delta', 'finish']],
    [
      'garbage after text',
      [`${chunk('a')}data: {"choices": [\n\n${chunk('b')}`],
      ['text-delta', 'ENGINE_BAD_RESPONSE'],
    ],
    ['an error event', ['event: error\ndata: {"code":"context_length_exceeded"}\n\n'], ['ENGINE_CONTEXT_LENGTH']],
    ['an error event with an error', ['event: error\ndata: {"error":{"code":429}}\n\n'], ['ENGINE_RATE_LIMITED']],
    ['an error at the very end', [`${chunk('a')}data: {"error":{"code":500}}`], ['text-delta', 'ENGINE_FAILED']],
    ['a page', ['<html>\n', '</html>\n'], ['ENGINE_BAD_RESPONSE']],
    ['nothing', [], ['ENGINE_STREAM_CUT']],
    ['a cut', [chunk('a')], ['text-delta', 'ENGINE_STREAM_CUT']],
  ])('%s', (_name, pieces, expected) => {
    expect(types(...pieces)).toEqual(expected);
  });

  it('tells chunks from comments, and knows when the answer is whole', () => {
    const reader = new CompletionReader('m');
    reader.push(': ping\n\n');
    expect([reader.chunks, reader.begun, reader.settled]).toEqual([0, false, false]);
    reader.push(chunk('a'));
    expect([reader.chunks, reader.begun, reader.settled]).toEqual([1, true, false]);
    reader.push(chunk('', 'stop'));
    expect([reader.chunks, reader.settled, reader.done]).toEqual([2, true, false]);
  });
});
