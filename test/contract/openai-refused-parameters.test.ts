import { describe, expect, it } from 'vitest';
import type { AiRequest } from '../../src/engines/ai/ai.port.js';
import type { OpenAiEngine } from '../../src/engines/ai/openai.engine.js';
import { collect, newSignal } from './ai.contract.js';
import { errorOf, openAiStage, status } from './openai-stage.js';

const stage = openAiStage();

const refusal = (message: string, more: object = {}) =>
  status(400, { body: { error: { message, type: 'invalid_request_error', param: null, code: null, ...more } } });

/** As OpenAI's reasoning models answer. */
const NO_TEMPERATURE = refusal(
  "Unsupported value: 'temperature' does not support 0.8 with this model. Only the default (1) value is supported.",
  { param: 'temperature', code: 'unsupported_value' },
);
const HABITS = { temperature: 0.8, topP: 0.9, dispensable: ['temperature', 'topP'] } as const;

const say = (engine: OpenAiEngine, more: Partial<AiRequest>) =>
  collect(engine.stream({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...more }, newSignal()));

const bodies = () =>
  stage.provider.requests.map(
    ({ body: { temperature, top_p, max_tokens, max_completion_tokens } }) =>
      JSON.parse(JSON.stringify({ temperature, top_p, max_tokens, max_completion_tokens })) as object,
  );

describe('a model that refuses a parameter', () => {
  it('answers although it does not take the temperature that a personality has, and is not told it again', async () => {
    const engine = stage.engineWith();
    stage.provider.failOnce(NO_TEMPERATURE);
    expect(errorOf(await say(engine, HABITS))).toBeUndefined();
    await say(engine, HABITS);
    expect(bodies()).toEqual([{ temperature: 0.8, top_p: 0.9 }, { top_p: 0.9 }, { top_p: 0.9 }]);
  });

  it('refuses what the caller insists on', async () => {
    stage.provider.failOnce(NO_TEMPERATURE);
    const events = await say(stage.engineWith(), { temperature: 0.8, dispensable: ['topP'] });
    expect(errorOf(events)?.code).toBe('ENGINE_REQUEST_REJECTED');
    expect(stage.provider.requests).toHaveLength(1);
  });

  it('is told the other parameters, and other models are told all', async () => {
    const engine = stage.engineWith();
    stage.provider.failOnce(NO_TEMPERATURE);
    await say(engine, HABITS);
    await say(engine, { ...HABITS, model: 'another' });
    expect(bodies().at(-1)).toEqual({ temperature: 0.8, top_p: 0.9 });
  });

  it.each([
    [
      'both, one after the other',
      [
        NO_TEMPERATURE,
        refusal("Unsupported parameter: 'top_p' is not supported with this model.", {
          param: 'top_p',
          code: 'unsupported_parameter',
        }),
      ],
      {},
    ],
    [
      'one of two',
      [refusal('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')],
      { temperature: 0.8 },
    ],
    [
      'one, in words only',
      [refusal("litellm.UnsupportedParamsError: O-series models don't support temperature=0.8.")],
      { top_p: 0.9 },
    ],
  ])('takes neither: %s', async (_name, refusals, last) => {
    for (const fault of refusals) stage.provider.failOnce(fault);
    expect(errorOf(await say(stage.engineWith(), HABITS))).toBeUndefined();
    expect(bodies().at(-1)).toEqual(last);
  });

  it('knows the limit of tokens by its newer name', async () => {
    stage.provider.failOnce(
      refusal(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        {
          param: 'max_tokens',
          code: 'unsupported_parameter',
        },
      ),
    );
    expect(errorOf(await say(stage.engineWith(), { maxTokens: 7 }))).toBeUndefined();
    expect(bodies()).toEqual([{ max_tokens: 7 }, { max_completion_tokens: 7 }]);
  });

  it.each([
    ['another field', refusal("Unsupported value: 'response_format'.", { param: 'response_format' })],
    ['a bound', refusal('temperature must be at most 0.5', { param: 'temperature' })],
    ['a server’s failure', status(500, { body: { error: { message: 'temperature is not supported' } } })],
  ])('is asked once where it refuses %s', async (_name, fault) => {
    stage.provider.failOnce(fault);
    expect(errorOf(await say(stage.engineWith(), HABITS))).toBeDefined();
    expect(stage.provider.requests).toHaveLength(1);
  });
});
