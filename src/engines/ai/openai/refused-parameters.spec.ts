import { APIError } from 'openai';
import { expect, it } from 'vitest';
import type { AiRequest } from '../ai.port.js';
import { NONE_REFUSED } from './openai-request.js';
import { RefusedParameters } from './refused-parameters.js';

const refusal = APIError.generate(
  400,
  {
    error: { message: "Unsupported value: 'temperature' does not support 0.8 with this model.", param: 'temperature' },
  },
  undefined,
  new Headers(),
);
const request: AiRequest = { model: 'm', messages: [], temperature: 0.8, dispensable: ['temperature'] };

it('lets each of several ask again who asked before anything was known: all but the first had failed', () => {
  const refused = new RefusedParameters();
  expect([1, 2, 3].map(() => refused.learn(refusal, request, NONE_REFUSED))).toEqual([true, true, true]);
  expect(refused.learn(refusal, request, refused.of('m'))).toBe(false);
});
