import { describe, expect, it } from 'vitest';
import { PROVIDER_SECRET, type ProviderFault, startProviderSimulator } from '../fakes/provider-simulator.js';
import { errorIn, textIn } from './ai.contract.js';
import { errorOf, openAiStage, run, status } from './openai-stage.js';

const stage = openAiStage();

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
    stage.provider.failOnce(fault);
    const events = await run(stage.engineWith());
    expect(errorIn(events)).toBe(code);
    expect(events.filter(({ type }) => type === 'error' || type === 'finish')).toHaveLength(1);
    const error = errorOf(events);
    expect(JSON.stringify([error?.message, error?.details, error?.param])).not.toContain('sim-secret');
  });

  it.each<[string, ProviderFault]>([
    ['before headers', { kind: 'hang-before-headers' }],
    ['after headers', { kind: 'hang-after-headers' }],
  ])('silence %s is a timeout, and the request is cancelled', async (_name, fault) => {
    stage.provider.failOnce(fault);
    expect(errorIn(await run(stage.engineWith({ firstTokenTimeoutMs: 50 })))).toBe('ENGINE_TIMEOUT');
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
  });

  it('silence in the middle is a timeout after what was said, and the request is cancelled', async () => {
    stage.provider.failOnce({ kind: 'hang-mid-stream' });
    const events = await run(stage.engineWith({ idleTimeoutMs: 50 }));
    expect(textIn(events)).not.toBe('');
    expect(errorIn(events)).toBe('ENGINE_TIMEOUT');
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
  });

  it('nobody listening is unavailable', async () => {
    const gone = await startProviderSimulator();
    await gone.close();
    expect(errorIn(await run(stage.engineWith({ baseUrl: gone.url })))).toBe('ENGINE_UNAVAILABLE');
    expect(errorIn(await run(stage.engineWith({ baseUrl: 'http://no-such-host.invalid/v1' })))).toBe(
      'ENGINE_UNAVAILABLE',
    );
  });

  it('hands on how long a limit lasts', async () => {
    stage.provider.failOnce(status(429, { headers: { 'retry-after': '7' } }));
    expect(errorOf(await run(stage.engineWith()))?.retryAfterSeconds).toBe(7);
  });

  it('keeps what was said before a cut', async () => {
    stage.provider.failOnce({ kind: 'cut-mid-stream' });
    expect('This answer never ends well.'.startsWith(textIn(await run(stage.engineWith())))).toBe(true);
  });
});
