import { describe, expect, it } from 'vitest';
import { type ProviderFault, SIMULATOR_MODEL } from '../fakes/provider-simulator.js';
import { finishIn, newSignal } from './ai.contract.js';
import { openAiStage, run, status } from './openai-stage.js';

const stage = openAiStage();

describe('what is sent and read', () => {
  it('sends the key, the model and a request for token counts, and nothing that was not asked for', async () => {
    await run(stage.engineWith({ apiKey: 'sk-mine', headers: { 'x-team': 'cozy' } }));
    const request = stage.provider.requests[0];
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
    stage.provider.script({ text: 'one two three', usage });
    const finish = finishIn(await run(stage.engineWith()));
    expect(finish?.usage).toMatchObject({ promptTokens: 12, completionTokens: 3, estimated: false });
    expect(finish?.model).toBe(SIMULATOR_MODEL);
  });

  it('does without token counts', async () => {
    stage.provider.script({ text: 'one', usage: 'none' });
    expect(finishIn(await run(stage.engineWith()))?.usage).toBeNull();
  });

  it('asks for embeddings as floats', async () => {
    await stage.engineWith().embed({ model: '', input: ['x'], dimensions: 4 }, newSignal());
    expect(stage.provider.requests[0]?.body).toEqual({
      model: 'sim-embedding',
      input: ['x'],
      dimensions: 4,
      encoding_format: 'float',
    });
  });

  it('fails embeddings as it fails chats', async () => {
    stage.provider.failRoute('/embeddings', status(400, { code: 'context_length_exceeded' }));
    const embedding = stage.engineWith().embed({ model: '', input: ['x'] }, newSignal());
    await expect(embedding).rejects.toMatchObject({ code: 'ENGINE_CONTEXT_LENGTH' });
    stage.provider.failRoute('/embeddings', { kind: 'hang-before-headers' });
    const slow = stage.engineWith({ firstTokenTimeoutMs: 50 }).embed({ model: '', input: ['x'] }, newSignal());
    await expect(slow).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });
});

describe('models and health', () => {
  it('lists the provider’s models once where everything is allowed', async () => {
    const engine = stage.engineWith();
    expect(await engine.models()).toEqual(['sim-model', SIMULATOR_MODEL]);
    expect(await engine.models()).toEqual(['sim-model', SIMULATOR_MODEL]);
    expect(stage.provider.requests).toHaveLength(1);
    expect(engine.allows('anything')).toBe(true);
  });

  it('falls back to the default model', async () => {
    stage.provider.failRoute('/models', status(500));
    expect(await stage.engineWith().models()).toEqual(['sim-model']);
  });

  it('keeps to the list it was given', async () => {
    const engine = stage.engineWith({ allowedModels: ['a', 'b'] });
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
    stage.provider.failRoute('/models', fault);
    const health = await stage.engineWith().health(newSignal());
    expect(health.status).toBe(expected);
    expect(health.reason ?? '').not.toContain('sim-secret');
  });
});
