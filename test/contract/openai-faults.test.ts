import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AiEvent } from '../../src/engines/ai/ai.port.js';
import { OpenAiEngine, type OpenAiEngineOptions } from '../../src/engines/ai/openai.engine.js';
import {
  PROVIDER_SECRET,
  type ProviderFault,
  type ProviderScript,
  type ProviderSimulator,
  SIMULATOR_MODEL,
  startProviderSimulator,
} from '../fakes/provider-simulator.js';
import { ask, collect, errorIn, finishIn, newSignal, textIn } from './ai.contract.js';

let provider: ProviderSimulator;
const engines: OpenAiEngine[] = [];

/** Short deadlines only where a test waits for one; elsewhere a slow machine must not decide. */
const engineWith = (more: Partial<OpenAiEngineOptions> = {}): OpenAiEngine => {
  const engine = new OpenAiEngine({
    provider: 'simulated',
    baseUrl: provider.url,
    defaultModel: 'sim-model',
    embeddingModel: 'sim-embedding',
    allowedModels: ['*'],
    contextWindow: 8192,
    vision: false,
    firstTokenTimeoutMs: 20_000,
    idleTimeoutMs: 20_000,
    maxRetries: 0,
    ...more,
  });
  engines.push(engine);
  return engine;
};

const run = (engine: OpenAiEngine) => collect(engine.stream(ask(engine, 'Hello'), newSignal()));

const errorOf = (events: readonly AiEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'error' ? last.error : undefined;
};

const status = (code: number, more: Partial<Extract<ProviderFault, { kind: 'status' }>> = {}): ProviderFault => ({
  kind: 'status',
  status: code,
  ...more,
});

beforeAll(async () => {
  provider = await startProviderSimulator();
});
afterEach(() => provider.reset());
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await provider.close();
});

describe('what a failing provider becomes', () => {
  it.each<[string, ProviderFault, string]>([
    ['a refused key', status(401, { code: 'invalid_api_key' }), 'ENGINE_AUTH_FAILED'],
    ['a forbidden region', status(403), 'ENGINE_AUTH_FAILED'],
    ['an unknown model', status(404, { code: 'model_not_found' }), 'RESOURCE_MODEL_NOT_FOUND'],
    ['a wrong base URL', status(404, { body: `<html>${PROVIDER_SECRET}</html>` }), 'ENGINE_FAILED'],
    ['a bad parameter', status(400, { code: 'invalid_value' }), 'ENGINE_REQUEST_REJECTED'],
    ['a bad parameter (422)', status(422), 'ENGINE_REQUEST_REJECTED'],
    ['too long a context', status(400, { code: 'context_length_exceeded' }), 'ENGINE_CONTEXT_LENGTH'],
    ['too large a body', status(413), 'VALIDATION_BODY_TOO_LARGE'],
    ['a rate limit', status(429, { headers: { 'retry-after': '7' } }), 'ENGINE_RATE_LIMITED'],
    ['a crash', status(500), 'ENGINE_FAILED'],
    ['an overload', status(503), 'ENGINE_FAILED'],
    ['a redirect', status(302, { headers: { location: 'https://example.com/' } }), 'ENGINE_FAILED'],
    ['a lost connection', { kind: 'cut-before-headers' }, 'ENGINE_UNAVAILABLE'],
    ['a web page', { kind: 'html' }, 'ENGINE_BAD_RESPONSE'],
    ['an error with status 200', { kind: 'error-body', code: 'rate_limit_exceeded' }, 'ENGINE_RATE_LIMITED'],
    ['an error chunk', { kind: 'error-chunk', code: 'server_error' }, 'ENGINE_FAILED'],
    ['an error chunk with a status', { kind: 'error-chunk', code: 429 }, 'ENGINE_RATE_LIMITED'],
    ['a garbage chunk', { kind: 'garbage-chunk' }, 'ENGINE_BAD_RESPONSE'],
    ['a stream without a reason to end', { kind: 'no-finish' }, 'ENGINE_STREAM_CUT'],
    ['a cut stream', { kind: 'cut-mid-stream' }, 'ENGINE_STREAM_CUT'],
  ])('%s', async (_name, fault, code) => {
    provider.failOnce(fault);
    const events = await run(engineWith());
    expect(errorIn(events)).toBe(code);
    expect(events.filter(({ type }) => type === 'error' || type === 'finish')).toHaveLength(1);
    const error = errorOf(events);
    expect(JSON.stringify([error?.message, error?.details, error?.param])).not.toContain('sim-secret');
  });

  it.each<[string, ProviderFault]>([
    ['before headers', { kind: 'hang-before-headers' }],
    ['after headers', { kind: 'hang-after-headers' }],
  ])('silence %s is a timeout, and the request is cancelled', async (_name, fault) => {
    provider.failOnce(fault);
    expect(errorIn(await run(engineWith({ firstTokenTimeoutMs: 50 })))).toBe('ENGINE_TIMEOUT');
    expect(await provider.requests[0]?.outcome).toBe('aborted');
  });

  it('silence in the middle is a timeout after what was said, and the request is cancelled', async () => {
    provider.failOnce({ kind: 'hang-mid-stream' });
    const events = await run(engineWith({ idleTimeoutMs: 50 }));
    expect(textIn(events)).not.toBe('');
    expect(errorIn(events)).toBe('ENGINE_TIMEOUT');
    expect(await provider.requests[0]?.outcome).toBe('aborted');
  });

  it('nobody listening is unavailable', async () => {
    const gone = await startProviderSimulator();
    await gone.close();
    expect(errorIn(await run(engineWith({ baseUrl: gone.url })))).toBe('ENGINE_UNAVAILABLE');
    expect(errorIn(await run(engineWith({ baseUrl: 'http://no-such-host.invalid/v1' })))).toBe('ENGINE_UNAVAILABLE');
  });

  it('hands on how long a limit lasts', async () => {
    provider.failOnce(status(429, { headers: { 'retry-after': '7' } }));
    expect(errorOf(await run(engineWith()))?.retryAfterSeconds).toBe(7);
  });

  it('keeps what was said before a cut', async () => {
    provider.failOnce({ kind: 'cut-mid-stream' });
    expect('This answer never ends well.'.startsWith(textIn(await run(engineWith())))).toBe(true);
  });
});

describe('retries', () => {
  const soon = { headers: { 'retry-after-ms': '1' } };

  it.each([408, 409, 429, 500, 503])('asks again after status %i', async (code) => {
    provider.failOnce(status(code, soon));
    expect((await run(engineWith({ maxRetries: 1 }))).at(-1)?.type).toBe('finish');
    expect(provider.requests).toHaveLength(2);
  });

  it.each([
    ['a refused key', status(401, soon)],
    ['a rejected request', status(400, soon)],
    ['a used-up account', status(429, { ...soon, code: 'insufficient_quota' })],
    ['a provider that advises against it', status(500, { headers: { 'x-should-retry': 'false' } })],
  ])('does not ask again after %s', async (_name, fault) => {
    provider.failOnce(fault);
    expect((await run(engineWith({ maxRetries: 3 }))).at(-1)?.type).toBe('error');
    expect(provider.requests).toHaveLength(1);
  });

  it('gives up after maxRetries', async () => {
    for (let at = 0; at < 5; at++) provider.failOnce(status(500, soon));
    expect(errorIn(await run(engineWith({ maxRetries: 2 })))).toBe('ENGINE_FAILED');
    expect(provider.requests).toHaveLength(3);
  });

  it('never asks again once the answer has begun', async () => {
    provider.failOnce({ kind: 'cut-mid-stream' });
    expect(errorIn(await run(engineWith({ maxRetries: 3 })))).toBe('ENGINE_STREAM_CUT');
    expect(provider.requests).toHaveLength(1);
  });

  it('does not wait for a Retry-After beyond the deadline', async () => {
    provider.failOnce(status(429, { headers: { 'retry-after': '60' } }));
    const error = errorOf(await run(engineWith({ maxRetries: 3 })));
    expect(error).toMatchObject({ code: 'ENGINE_RATE_LIMITED', retryAfterSeconds: 60 });
    expect(provider.requests).toHaveLength(1);
  });

  it('stops waiting when the caller leaves', async () => {
    const controller = new AbortController();
    provider.failOnce(status(429, { headers: { 'retry-after': '10' } }));
    const engine = engineWith({ maxRetries: 3 });
    const events = collect(engine.stream(ask(engine, 'Hello'), controller.signal));
    await (
      await provider.nextRequest()
    ).outcome;
    controller.abort();
    expect(await events).toEqual([]);
  });
});

describe('cancellation', () => {
  const slow: ProviderScript = { text: 'one two three four five six seven eight', tokenDelayMs: 200 };

  it('closes the provider’s connection when the signal aborts', async () => {
    const controller = new AbortController();
    provider.script(slow);
    const engine = engineWith();
    for await (const _ of engine.stream(ask(engine, 'Hello'), controller.signal)) controller.abort();
    expect(await provider.requests[0]?.outcome).toBe('aborted');
  });

  it('closes it when the signal aborts before the headers', async () => {
    const controller = new AbortController();
    provider.failOnce({ kind: 'hang-before-headers' });
    const engine = engineWith();
    const events = collect(engine.stream(ask(engine, 'Hello'), controller.signal));
    const request = await provider.nextRequest();
    controller.abort();
    expect(await events).toEqual([]);
    expect(await request.outcome).toBe('aborted');
  });

  it('closes it when the consumer breaks out', async () => {
    provider.script(slow);
    const engine = engineWith();
    for await (const _ of engine.stream(ask(engine, 'Hello'), newSignal())) break;
    expect(await provider.requests[0]?.outcome).toBe('aborted');
  });

  it('keeps the connection of a whole answer for the next request', async () => {
    const alone = await startProviderSimulator();
    const engine = engineWith({ baseUrl: alone.url });
    for (let at = 0; at < 5; at++) await run(engine);
    expect(await alone.connections()).toBe(1);
    await alone.close();
  });

  it('asks again on a new connection when the kept one was closed by the server', async () => {
    const engine = engineWith();
    await run(engine);
    provider.failOnce({ kind: 'cut-before-headers' });
    expect((await run(engine)).at(-1)?.type).toBe('finish');
  });
});

describe('what is sent and read', () => {
  it('sends the key, the model and a request for token counts, and nothing that was not asked for', async () => {
    await run(engineWith({ apiKey: 'sk-mine', headers: { 'x-team': 'cozy' } }));
    const request = provider.requests[0];
    expect(request?.headers).toMatchObject({ authorization: 'Bearer sk-mine', 'x-team': 'cozy' });
    expect(request?.body).toEqual({
      model: 'sim-model',
      messages: [{ role: 'user', content: 'Hello' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it.each([
    ['on its own chunk', 'chunk'],
    ['on the finish chunk', 'finish'],
    ['on every chunk', 'every'],
  ] as const)('reads token counts %s', async (_name, usage) => {
    provider.script({ text: 'one two three', usage });
    const finish = finishIn(await run(engineWith()));
    expect(finish?.usage).toMatchObject({ promptTokens: 12, completionTokens: 3, estimated: false });
    expect(finish?.model).toBe(SIMULATOR_MODEL);
  });

  it('does without token counts', async () => {
    provider.script({ text: 'one', usage: 'none' });
    expect(finishIn(await run(engineWith()))?.usage).toBeNull();
  });

  it('asks for embeddings as floats', async () => {
    await engineWith().embed({ model: '', input: ['x'], dimensions: 4 }, newSignal());
    expect(provider.requests[0]?.body).toEqual({
      model: 'sim-embedding',
      input: ['x'],
      dimensions: 4,
      encoding_format: 'float',
    });
  });

  it('fails embeddings as it fails chats', async () => {
    provider.failRoute('/embeddings', status(400, { code: 'context_length_exceeded' }));
    const embedding = engineWith().embed({ model: '', input: ['x'] }, newSignal());
    await expect(embedding).rejects.toMatchObject({ code: 'ENGINE_CONTEXT_LENGTH' });
    provider.failRoute('/embeddings', { kind: 'hang-before-headers' });
    const slow = engineWith({ firstTokenTimeoutMs: 50 }).embed({ model: '', input: ['x'] }, newSignal());
    await expect(slow).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });
});

describe('models and health', () => {
  it('lists the provider’s models once where everything is allowed', async () => {
    const engine = engineWith();
    expect(await engine.models()).toEqual(['sim-model', SIMULATOR_MODEL]);
    expect(await engine.models()).toEqual(['sim-model', SIMULATOR_MODEL]);
    expect(provider.requests).toHaveLength(1);
    expect(engine.allows('anything')).toBe(true);
  });

  it('falls back to the default model', async () => {
    provider.failRoute('/models', status(500));
    expect(await engineWith().models()).toEqual(['sim-model']);
  });

  it('keeps to the list it was given', async () => {
    const engine = engineWith({ allowedModels: ['a', 'b'] });
    expect(await engine.models()).toEqual(['sim-model', 'a', 'b']);
    expect(['a', 'sim-model', 'c'].map((model) => engine.allows(model))).toEqual([true, true, false]);
  });

  it.each<[string, ProviderFault, string]>([
    ['a refused key', status(401), 'down'],
    ['a lost connection', { kind: 'cut-before-headers' }, 'down'],
    ['an error', status(500), 'degraded'],
    ['a web page', { kind: 'html' }, 'degraded'],
    ['a server that lists no models', status(404), 'up'],
  ])('health after %s', async (_name, fault, expected) => {
    provider.failRoute('/models', fault);
    const health = await engineWith().health(newSignal());
    expect(health.status).toBe(expected);
    expect(health.reason ?? '').not.toContain('sim-secret');
  });
});
