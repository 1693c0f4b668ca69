import { describe, expect, it } from 'vitest';
import type { ProviderScript } from '../fakes/provider-script.js';
import { startProviderSimulator } from '../fakes/provider-simulator.js';
import { ask, collect, newSignal } from './ai.contract.js';
import { openAiStage, run } from './openai-stage.js';

const stage = openAiStage();

describe('cancellation', () => {
  const slow: ProviderScript = { text: 'one two three four five six seven eight', tokenDelayMs: 200 };

  it('closes the provider’s connection when the signal aborts', async () => {
    const controller = new AbortController();
    stage.provider.script(slow);
    const engine = stage.engineWith();
    for await (const _ of engine.stream(ask(engine, 'Hello'), controller.signal)) controller.abort();
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
  });

  it('closes it when the signal aborts before the headers', async () => {
    const controller = new AbortController();
    stage.provider.failOnce({ kind: 'hang-before-headers' });
    const engine = stage.engineWith();
    const events = collect(engine.stream(ask(engine, 'Hello'), controller.signal));
    const request = await stage.provider.nextRequest();
    controller.abort();
    expect(await events).toEqual([]);
    expect(await request.outcome).toBe('aborted');
  });

  it('closes it when the consumer breaks out', async () => {
    stage.provider.script(slow);
    const engine = stage.engineWith();
    for await (const _ of engine.stream(ask(engine, 'Hello'), newSignal())) break;
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
  });
});

describe('a connection', () => {
  it('is kept after a whole answer, for the next request', async () => {
    const alone = await startProviderSimulator();
    const engine = stage.engineWith({ baseUrl: alone.url });
    for (let at = 0; at < 5; at++) await run(engine);
    expect(await alone.connections()).toBe(1);
    await alone.close();
  });

  it('is replaced by a new one when the server closed the kept one', async () => {
    const engine = stage.engineWith();
    await run(engine);
    stage.provider.failOnce({ kind: 'cut-before-headers' });
    expect((await run(engine)).at(-1)?.type).toBe('finish');
  });
});
