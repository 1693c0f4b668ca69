import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenAI } from 'openai';
import { saidIn } from '../factories/conversation.js';
import { LEGACY_PIECES, LEGACY_SECRET, type LegacyScript } from '../fakes/cozychat-server.js';
import { canaryStage, everybody } from '../setup/canary-stage.js';
import { openAiClient } from '../setup/openai-client.js';
import { expectRefusal } from '../setup/refusal.js';
import { sessionOf } from '../setup/responses-stage.js';

const parts = canaryStage();
const HERE = 'Hello from the simulated provider.';
const NOTE = [{ feature: 'old', variant: 'canary', reason: 'percentage' }];
let client: OpenAI;
beforeAll(() => {
  client = openAiClient(parts.stage.url, parts.account);
});
beforeEach(() => parts.ruleAlone('old', everybody({ upstream: 'cozychat' })));

const cozyOf = (response: object) => (response as { cozy: { canary: unknown; personality_id: string } }).cozy;
const told = (at = 0) => parts.legacy.requests[at]?.body ?? {};

describe('a response that a rule sends to an earlier server', () => {
  it('is asked for as a chat, in its user’s name, with nothing of this server’s own', async () => {
    const response = await client.responses.create({
      model: 'gpt-4o',
      instructions: 'Be brief.',
      input: 'Hello',
      temperature: 0.3,
      max_output_tokens: 50,
    });
    expect([response.output_text, response.status]).toEqual(['Old 你好', 'completed']);
    expect(cozyOf(response).canary).toEqual(NOTE);
    expect(told()).toEqual({
      model: 'gpt-4o',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.3,
      max_tokens: 50,
      store: false,
    });
    const { headers } = parts.legacy.requests[0] ?? { headers: {} };
    expect(headers).toMatchObject({ 'x-forwarded-user': parts.account.id });
    expect(JSON.stringify(headers)).not.toContain(parts.account.token);
    expect(parts.stage.provider.requests).toEqual([]);
  });

  it('is streamed in the protocol’s events', async () => {
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of await client.responses.create({ input: 'Hello', stream: true })) events.push(event);
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const last = events.at(-1);
    expect(last?.type === 'response.completed' && cozyOf(last.response).canary).toEqual(NOTE);
    expect(told()).not.toHaveProperty('model');
  });

  it('is read where the earlier server answers in JSON, calls of the caller’s functions too', async () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } };
    const message = { role: 'assistant', content: null, tool_calls: [call] };
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
    parts.legacy.answer = { json: { choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage } };
    const tools = [{ type: 'function' as const, name: 'weather', parameters: { type: 'object' }, strict: false }];
    const { output, usage: counted } = await client.responses.create({ input: 'Is it raining?', tools });
    expect(output).toMatchObject([{ type: 'function_call', name: 'weather', arguments: '{"city":"Oslo"}' }]);
    expect(counted).toMatchObject({ input_tokens: 3, output_tokens: 4 });
    expect(told()['tools']).toMatchObject([{ function: { name: 'weather' } }]);
  });

  it('is kept once, here, so that the next one goes on from it, whoever answers that', async () => {
    const first = await client.responses.create({ input: 'My name is Ada.' });
    expect((await client.responses.retrieve(first.id)).output_text).toBe('Old 你好');
    const second = await client.responses.create({ input: 'And yours?', previous_response_id: first.id });
    expect(told(1)['messages']).toEqual([
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Old 你好' },
      { role: 'user', content: 'And yours?' },
    ]);
    expect(parts.legacy.requests.every(({ body }) => body['store'] === false && !('session_id' in body))).toBe(true);
    await parts.admin.call('POST', '/v1/admin/canary/rollback');
    const third = await client.responses.create({ input: 'Who am I?', previous_response_id: second.id });
    expect(third.output_text).toBe(HERE);
    expect(cozyOf(third).canary).toBeUndefined();
    expect(await saidIn(parts.account, sessionOf(third))).toEqual([
      'user: My name is Ada.',
      'assistant: Old 你好',
      'user: And yours?',
      'assistant: Old 你好',
      'user: Who am I?',
      `assistant: ${HERE}`,
    ]);
  });

  it('says which personality was asked for, and not which model', async () => {
    const response = await client.responses.create({ model: 'cozy/companion', input: 'Hello', store: false });
    expect([response.model, told()['personality_id'], told()['model']]).toEqual(['cozychat', 'companion', undefined]);
    const decided = (line: string) => line.includes('Canary decision') && line.includes('"upstream":"cozychat"');
    await expect.poll(() => parts.stage.server.output.some(decided)).toBe(true);
    const metrics = await fetch(`${parts.stage.url}/metrics`).then((answer) => answer.text());
    expect(metrics).toMatch(/^cozy_canary_requests_total\{feature="old",variant="canary"\} [1-9]/m);
  });

  const text = `<html>${LEGACY_SECRET}</html>`;
  it.each<[string, LegacyScript, number, string]>([
    ['fails', { status: 500, text }, 503, 'ENGINE_UNAVAILABLE'],
    ['refuses the user', { status: 401, text }, 502, 'ENGINE_AUTH_FAILED'],
    ['says nothing', { silent: true }, 504, 'ENGINE_TIMEOUT'],
    ['tells a failure as an answer', { json: { error: { message: LEGACY_SECRET } } }, 502, 'ENGINE_FAILED'],
    ['answers something else', { json: { detail: LEGACY_SECRET } }, 502, 'ENGINE_BAD_RESPONSE'],
  ])('is refused honestly where the earlier server %s', async (_, answer, status, code) => {
    parts.legacy.answer = answer;
    const refused = await parts.account.call('POST', '/v1/responses', { input: 'Hello' });
    expectRefusal(refused, status, code);
    expect(JSON.stringify(refused.body)).not.toContain(LEGACY_SECRET);
    expect(parts.legacy.requests).toHaveLength(1);
  });

  it('ends as failed where the earlier server breaks off', async () => {
    parts.legacy.answer = { pieces: LEGACY_PIECES.slice(0, 2), end: 'cut' };
    const { body } = await parts.account.call('POST', '/v1/responses', { input: 'Hello', stream: true });
    expect(body).toContain('event: response.failed');
    expect(body).toContain('"code":"ENGINE_STREAM_CUT"');
  });
});
