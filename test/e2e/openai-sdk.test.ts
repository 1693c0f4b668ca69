import {
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  type OpenAI,
  PermissionDeniedError,
} from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { SIMULATOR_MODEL } from '../fakes/provider-simulator.js';
import { type Account, newAccount } from '../setup/account.js';
import { openAiClient } from '../setup/openai-client.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const messages = [{ role: 'user' as const, content: 'Hello' }];
let account: Account;
let client: OpenAI;

beforeAll(async () => {
  account = await newAccount(stage.url);
  client = openAiClient(stage.url, account);
});

const failureOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
};

const providerChunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason }],
});

describe('models', () => {
  it('lists the models of the provider and every personality', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(['cozy/companion', 'cozy/concise', 'gpt-4o-mini', SIMULATOR_MODEL]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(['cozy/companion', SIMULATOR_MODEL])('retrieves %s', async (id) => {
    expect(await client.models.retrieve(id)).toMatchObject({ id, object: 'model', owned_by: expect.any(String) });
  });

  it('has no model that nobody offers', async () => {
    const error = await failureOf(client.models.retrieve('cozy/nobody'));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code: 'RESOURCE_MODEL_NOT_FOUND', param: 'model' });
  });
});

describe('a whole answer', () => {
  it('is a chat completion with the provider’s text and token counts', async () => {
    stage.provider.script({ text: 'Good evening, Ada.' });
    const completion = await client.chat.completions.create({ model: 'gpt-4o-mini', messages });
    expect(completion).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      model: 'gpt-4o-mini',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Good evening, Ada.' } }],
      usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
    });
    expect(Math.abs(completion.created - Date.now() / 1000)).toBeLessThan(3600);
  });

  it('names its request where the SDK looks for it', async () => {
    const completion = await client.chat.completions.create(
      { model: 'gpt-4o-mini', messages },
      { headers: { 'X-Request-Id': 'sdk-request.1' } },
    );
    expect(completion).toHaveProperty('_request_id', 'sdk-request.1');
  });

  it('is the refusal where the model refuses', async () => {
    stage.provider.script({
      chunks: [providerChunk({ role: 'assistant', refusal: 'I would rather not.' }), providerChunk({}, 'stop')],
    });
    const completion = await client.chat.completions.create({ model: 'gpt-4o-mini', messages });
    expect(completion.choices[0]?.message).toMatchObject({ content: null, refusal: 'I would rather not.' });
  });
});

describe('a streamed answer', () => {
  it('is put together by the helper, token counts included', async () => {
    stage.provider.script({ text: 'one two three' });
    const runner = client.chat.completions.stream({
      model: 'gpt-4o-mini',
      messages,
      stream_options: { include_usage: true },
    });
    const completion = await runner.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'one two three' } });
    expect(await runner.totalUsage()).toMatchObject({ prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 });
  });

  it('ends the provider’s work when the caller aborts in the middle', async () => {
    stage.provider.failOnce({ kind: 'hang-mid-stream' });
    const stream = await client.chat.completions.create({ model: 'gpt-4o-mini', messages, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort();
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
  });

  it('ends the provider’s work when the caller of a whole answer aborts', async () => {
    const controller = new AbortController();
    stage.provider.failOnce({ kind: 'hang-before-headers' });
    const arrived = stage.provider.nextRequest();
    const answer = failureOf(
      client.chat.completions.create({ model: 'gpt-4o-mini', messages }, { signal: controller.signal }),
    );
    const request = await arrived;
    controller.abort();
    expect(await answer).toBeInstanceOf(APIUserAbortError);
    expect(await request.outcome).toBe('aborted');
  });
});

describe('typed errors', () => {
  const requestId = expect.stringMatching(/^[\da-f-]{36}$/);

  it.each(['nonsense', 'sk-cozy-not-a-key'])('AuthenticationError for the key %s', async (token) => {
    const error = await failureOf(openAiClient(stage.url, { token }).models.list());
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, type: 'authentication_error', requestID: requestId });
    expect((error as AuthenticationError).code).toMatch(/^AUTH_/);
  });

  it.each([
    ['a model', { model: 'cozy/nobody' }, 'RESOURCE_MODEL_NOT_FOUND', 'model'],
    ['a session', { cozy: { session_id: crypto.randomUUID() } }, 'RESOURCE_SESSION_NOT_FOUND', 'session_id'],
    ['a personality', { cozy: { personality_id: 'nobody' } }, 'RESOURCE_PERSONALITY_NOT_FOUND', expect.anything()],
  ])('NotFoundError for %s that there is not', async (_name, fields, code, param) => {
    const error = await failureOf(client.chat.completions.create({ model: 'gpt-4o-mini', messages, ...fields }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ status: 404, code, param, requestID: requestId });
    expect(stage.provider.requests).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['no messages', { messages: [] }, 'messages'],
    ['a role that there is not', { messages: [{ role: 'wizard', content: 'x' }] }, 'messages[0].role'],
    ['a message without content', { messages: [{ role: 'user' }] }, 'messages[0].content'],
    [
      'a part without a type',
      { messages: [{ role: 'user', content: [{ text: 'x' }] }] },
      'messages[0].content[0].type',
    ],
    ['too hot a temperature', { temperature: 2.5 }, 'temperature'],
    ['two answers at once', { n: 2 }, 'n'],
    ['fewer tokens than none', { max_tokens: -1 }, 'max_tokens'],
    ['five stop sequences', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
    ['a tool without a name', { tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    [
      'a choice of an unknown tool',
      { tool_choice: { type: 'function', function: { name: 'x' } } },
      'tool_choice.function.name',
    ],
    ['a stream that is neither on nor off', { stream: 'yes' }, 'stream'],
  ])('BadRequestError naming the field for %s', async (_name, fields, param) => {
    const request = { model: 'gpt-4o-mini', messages, ...fields };
    const error = await failureOf(client.chat.completions.create(request as typeof request & { stream: false }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', code: 'VALIDATION_FAILED', param });
    expect(error).toMatchObject({ requestID: requestId });
    expect(stage.provider.requests).toEqual([]);
  });

  it('PermissionDeniedError for a key that may only read', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'reader', scopes: ['chat:read'] });
    const reader = openAiClient(stage.url, { token: body.key as string });
    expect((await reader.models.list()).data.length).toBeGreaterThan(0);
    const error = await failureOf(reader.chat.completions.create({ model: 'gpt-4o-mini', messages }));
    expect(error).toBeInstanceOf(PermissionDeniedError);
    expect(error).toMatchObject({ status: 403, code: 'AUTH_SCOPE_MISSING' });
  });
});
