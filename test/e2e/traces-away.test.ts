import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chat } from '../factories/conversation.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, newAccount } from '../setup/account.js';
import { freePort } from '../setup/free-port.js';
import type { TestServer } from '../setup/test-server.js';
import { newTrace, startTracedServer } from '../setup/traced-server.js';

describe('a server whose collector is away', () => {
  let provider: ProviderSimulator;
  let server: TestServer;
  let account: Account;
  beforeAll(async () => {
    const nowhere = await freePort();
    provider = await startProviderSimulator();
    server = await startTracedServer(
      provider,
      `http://127.0.0.1:${nowhere}`,
      { OTEL_EXPORTER_OTLP_TIMEOUT: '100' },
      { 'observability.development.yaml': { traces: { propagate: true, trust_incoming: true } } },
    );
    account = await newAccount(server.url);
  });

  afterEach(() => provider.reset());
  afterAll(() => provider.close());

  const told = () => server.output.filter((line) => line.includes('Traces could not be exported'));

  it('answers as ever, and says so in the log', async () => {
    provider.script({ text: 'Hello.' }, { text: 'Hello again.' });
    const ask = () => chat(account, undefined, [{ role: 'user', content: 'Hello' }]);
    expect((await ask()).body.choices[0].message.content).toBe('Hello.');
    await expect.poll(told).toHaveLength(1);
    expect((await ask()).body.choices[0].message.content).toBe('Hello again.');
    expect(told().join()).toMatch(/"spans":\d+/);
  });

  it('tells the provider of the trace, where that is configured', async () => {
    provider.script({ text: 'Hello.' });
    const { traceId, spanId, headers } = newTrace();
    await chat(account, undefined, [{ role: 'user', content: 'Hello' }], {}, headers);
    const traceparent = String(provider.requests.at(-1)?.headers['traceparent']);
    expect(traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(traceparent).not.toContain(spanId);
  });

  it('stops as ever', async () => {
    expect(await server.stop()).toBe(0);
  });
});
