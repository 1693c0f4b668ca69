import { describe, expect, it } from 'vitest';
import { ask, collect, errorIn } from './ai.contract.js';
import { errorOf, openAiStage, run, status } from './openai-stage.js';

const stage = openAiStage();

describe('retries', () => {
  const soon = { headers: { 'retry-after-ms': '1' } };

  it.each([408, 409, 429, 500, 503])('asks again after status %i', async (code) => {
    stage.provider.failOnce(status(code, soon));
    expect((await run(stage.engineWith({ maxRetries: 1 }))).at(-1)?.type).toBe('finish');
    expect(stage.provider.requests).toHaveLength(2);
  });

  it.each([
    ['a refused key', status(401, soon)],
    ['a rejected request', status(400, soon)],
    ['a used-up account', status(429, { ...soon, code: 'insufficient_quota' })],
    ['a provider that advises against it', status(500, { headers: { 'x-should-retry': 'false' } })],
  ])('does not ask again after %s', async (_name, fault) => {
    stage.provider.failOnce(fault);
    expect((await run(stage.engineWith({ maxRetries: 3 }))).at(-1)?.type).toBe('error');
    expect(stage.provider.requests).toHaveLength(1);
  });

  it('gives up after maxRetries', async () => {
    for (let at = 0; at < 5; at++) stage.provider.failOnce(status(500, soon));
    expect(errorIn(await run(stage.engineWith({ maxRetries: 2 })))).toBe('ENGINE_FAILED');
    expect(stage.provider.requests).toHaveLength(3);
  });

  it('never asks again once the answer has begun', async () => {
    stage.provider.failOnce({ kind: 'cut-mid-stream' });
    expect(errorIn(await run(stage.engineWith({ maxRetries: 3 })))).toBe('ENGINE_STREAM_CUT');
    expect(stage.provider.requests).toHaveLength(1);
  });

  it('does not wait for a Retry-After beyond the deadline', async () => {
    stage.provider.failOnce(status(429, { headers: { 'retry-after': '60' } }));
    const error = errorOf(await run(stage.engineWith({ maxRetries: 3 })));
    expect(error).toMatchObject({ code: 'ENGINE_RATE_LIMITED', retryAfterSeconds: 60 });
    expect(stage.provider.requests).toHaveLength(1);
  });

  it('stops waiting when the caller leaves', async () => {
    const controller = new AbortController();
    stage.provider.failOnce(status(429, { headers: { 'retry-after': '10' } }));
    const engine = stage.engineWith({ maxRetries: 3 });
    const events = collect(engine.stream(ask(engine, 'Hello'), controller.signal));
    await (
      await stage.provider.nextRequest()
    ).outcome;
    controller.abort();
    expect(await events).toEqual([]);
  });
});
