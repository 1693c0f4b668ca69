import { expect, it } from 'vitest';
import { clientParameters } from './client-parameters.js';

const nested = (depth: number): object => (depth === 0 ? {} : { inner: nested(depth - 1) });

it('are copied: mediasoup writes into what it is given', () => {
  const given = { codecs: [{ mimeType: 'audio/opus' }] };
  const copy = clientParameters('rtp_parameters', given);
  expect(copy).toEqual(given);
  expect(copy['codecs']).not.toBe(given.codecs);
});

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'x'],
  ['a list', [1]],
  ['what is too long', { text: 'x'.repeat(40_000) }],
  ['what is too deep', nested(9)],
  ['a number that is none', { value: NaN }],
  ['a number without end', { list: [{ value: Infinity }] }],
])('are refused where they are %s', (_, given) => {
  expect(() => clientParameters('rtp_parameters', given as never)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', param: 'rtp_parameters' }),
  );
});
