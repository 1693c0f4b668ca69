import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OtlpCollector, startOtlpCollector } from '../fakes/otlp-collector.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, newAccount } from '../setup/account.js';
import { newTrace, startTracedServer } from '../setup/traced-server.js';

describe('a traced server that does not know its callers', () => {
  let provider: ProviderSimulator;
  let collector: OtlpCollector;
  let account: Account;
  beforeAll(async () => {
    [provider, collector] = await Promise.all([startProviderSimulator(), startOtlpCollector()]);
    const config = { 'observability.development.yaml': {} };
    account = await newAccount((await startTracedServer(provider, collector.url, {}, config)).url);
  });
  afterAll(() => Promise.all([provider.close(), collector.close()]));

  it.each([
    ['is to be kept', '01'],
    ['is not to be kept', '00'],
  ])('begins a trace of its own that links to theirs, which they say %s', async (_name, flags) => {
    const { traceId, spanId } = newTrace();
    const traceparent = `00-${traceId}-${spanId}-${flags}`;
    await account.call('GET', '/v1/users/me', undefined, { traceparent });
    const span = await collector.span(({ links }) => links.some((link) => link.spanId === spanId));
    expect(span).toMatchObject({ name: 'GET /v1/users/me', links: [{ traceId, spanId }] });
    expect(span.parentSpanId ?? '').toBe('');
    expect(collector.trace(traceId)).toEqual([]);
  });
});
