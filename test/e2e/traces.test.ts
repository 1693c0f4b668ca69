import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession } from '../factories/conversation.js';
import { type CollectedSpan, FAILED, KIND, type OtlpCollector, startOtlpCollector } from '../fakes/otlp-collector.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { streamChat } from '../setup/chat-stream.js';
import { spokenSamples } from '../setup/speech.js';
import type { TestServer } from '../setup/test-server.js';
import { newTrace, startTracedServer } from '../setup/traced-server.js';
import { VoiceClient } from '../setup/voice-client.js';

/** Of the collector, which nobody but it is to see. */
const SECRET = 'marked-collector-key';

let provider: ProviderSimulator;
let collector: OtlpCollector;

/** The request's own span ends last. */
const wholeTrace = async (traceId: string, spanId: string): Promise<CollectedSpan[]> => {
  await collector.span((span) => span.traceId === traceId && span.parentSpanId === spanId);
  return collector.trace(traceId);
};

const named = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1)
    throw new Error(`${found.length} spans named ${name}: ${spans.map((span) => span.name).join()}`);
  return found[0] as CollectedSpan;
};

/** Each span under its parent's name. */
const shape = (spans: readonly CollectedSpan[]): string[] => {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  return spans.map(({ parentSpanId, name }) => `${names.get(parentSpanId ?? '') ?? 'outside'} > ${name}`).toSorted();
};

beforeAll(async () => {
  [provider, collector] = await Promise.all([startProviderSimulator(), startOtlpCollector()]);
});
afterEach(() => provider.reset());
afterAll(() => Promise.all([provider.close(), collector.close()]));

describe('a traced server', () => {
  let server: TestServer;
  let account: Account;
  beforeAll(async () => {
    server = await startTracedServer(provider, collector.url, {
      OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${SECRET}`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,team=night%20shift',
      OTEL_SERVICE_NAME: 'cozy-under-test',
    });
    account = await newAccount(server.url);
  });
  afterAll(() => server.stop());

  const callsTool = [
    { toolCalls: [{ id: 'call_sum', name: 'calculator', arguments: '{"expression":"12 * 12"}' }] },
    { text: 'It is 144, and Marzipan is a fine name.' },
  ];

  it('tells of a streamed turn with memory and a tool as one trace, to which what is learned goes back', async () => {
    const sessionId = await newSession(account);
    provider.script(...callsTool);
    const { traceId, spanId, headers } = newTrace();
    const content = 'I have a cat called Marzipan. What is 12 * 12?';
    const body = { messages: [{ role: 'user', content }], cozy: { session_id: sessionId } };
    const answer = await streamChat(server.url, { token: account.token, body, headers });
    expect(answer.content).toContain('144');

    const spans = await wholeTrace(traceId, spanId);
    const agent = 'invoke_agent Cozy';
    expect(shape(spans)).toEqual(
      [
        'outside > POST /v1/chat/completions',
        `POST /v1/chat/completions > ${agent}`,
        `${agent} > build_context`,
        'build_context > retrieval',
        'build_context > search_memory',
        'build_context > search_memory',
        `${agent} > chat gpt-4o-mini`,
        `${agent} > chat gpt-4o-mini`,
        `${agent} > execute_tool calculator`,
      ].toSorted(),
    );
    expect(named(spans, 'POST /v1/chat/completions')).toMatchObject({
      kind: KIND.server,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/v1/chat/completions',
        'http.response.status_code': 200,
      },
      resource: {
        'service.name': 'cozy-under-test',
        'deployment.environment.name': 'test',
        team: 'night shift',
      },
    });
    expect(named(spans, agent)).toMatchObject({
      kind: KIND.internal,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.id': 'companion',
        'gen_ai.agent.name': 'Cozy',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o-mini',
        'gen_ai.conversation.id': sessionId,
        'gen_ai.usage.input_tokens': 24,
        'gen_ai.response.finish_reasons': ['stop'],
      },
    });
    const rounds = spans.filter(({ name }) => name === 'chat gpt-4o-mini');
    const firstFinished = (finished: string) =>
      rounds.find(({ attributes }) => String(attributes['gen_ai.response.finish_reasons']) === finished);
    expect(firstFinished('tool_calls')).toMatchObject({ kind: KIND.client });
    expect(firstFinished('stop')).toMatchObject({
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o-mini',
        'gen_ai.request.stream': true,
        'gen_ai.usage.input_tokens': 12,
        'gen_ai.response.time_to_first_chunk': expect.any(Number),
        'gen_ai.response.model': expect.any(String),
      },
    });
    expect(named(spans, 'execute_tool calculator').attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'calculator',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': 'call_sum',
      'gen_ai.conversation.id': sessionId,
    });
    expect(named(spans, 'retrieval').attributes).toMatchObject({
      'gen_ai.operation.name': 'retrieval',
      'cozy.engine.status': 'ok',
      'cozy.retrieval.count': 0,
    });
    const searches = spans.filter(({ name }) => name === 'search_memory');
    expect(searches.map(({ attributes }) => String(attributes['gen_ai.memory.store.id'])).toSorted()).toEqual([
      'memory',
      'profile',
    ]);
    for (const { attributes } of searches) {
      expect(attributes).toMatchObject({
        'gen_ai.operation.name': 'search_memory',
        'gen_ai.provider.name': 'builtin',
        'cozy.engine.status': 'ok',
        'cozy.engine.cache_hit': false,
      });
    }

    const turn = named(spans, agent);
    const job = await collector.span(
      ({ name, links }) => name === 'process memory.add' && links.some((link) => link.spanId === turn.spanId),
    );
    expect(job).toMatchObject({ kind: KIND.consumer, links: [{ traceId, spanId: turn.spanId }] });
    expect(job.traceId).not.toBe(traceId);
    const learned = await collector.span(
      ({ name, parentSpanId }) => name === 'upsert_memory' && parentSpanId === job.spanId,
    );
    expect(learned.attributes).toMatchObject({ 'gen_ai.operation.name': 'upsert_memory', 'cozy.write_back.turns': 1 });
  });

  it('marks a turn that failed, and the call that it failed in', async () => {
    provider.script({ fault: { kind: 'status', status: 401 } });
    const { traceId, spanId, headers } = newTrace();
    const { status } = await chat(account, undefined, [{ role: 'user', content: 'Hello there' }], {}, headers);
    expect(status).toBe(502);
    const spans = await wholeTrace(traceId, spanId);
    for (const name of ['chat gpt-4o-mini', 'invoke_agent Cozy']) {
      expect(named(spans, name)).toMatchObject({
        status: { code: FAILED },
        attributes: { 'error.type': 'ENGINE_AUTH_FAILED' },
      });
    }
    expect(named(spans, 'POST /v1/chat/completions')).toMatchObject({
      status: { code: FAILED },
      attributes: { 'error.type': '502', 'http.response.status_code': 502 },
    });
  });

  it('ends the spans of a turn that is refused', async () => {
    const { traceId, spanId, headers } = newTrace();
    const { status } = await chat(account, undefined, [{ role: 'user', content: 'Hi' }], { model: 'cozy/no' }, headers);
    expect(status).toBe(404);
    const spans = await wholeTrace(traceId, spanId);
    expect(named(spans, 'invoke_agent').attributes['error.type']).toBe('RESOURCE_MODEL_NOT_FOUND');
    expect(named(spans, 'POST /v1/chat/completions').attributes).not.toHaveProperty('error.type');
  });

  it('tells of embeddings', async () => {
    const { traceId, spanId, headers } = newTrace();
    const body = { model: 'text-embedding-3-small', input: 'Marzipan the cat' };
    await account.call('POST', '/v1/embeddings', body, headers);
    const spans = await wholeTrace(traceId, spanId);
    expect(named(spans, 'embeddings text-embedding-3-small').attributes).toMatchObject({
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.usage.input_tokens': expect.any(Number),
    });
  });

  it('begins a trace of its own where the header is nonsense', async () => {
    const before = new Set(collector.spans);
    await account.call('GET', '/v1/users/me', undefined, { traceparent: '00-zz-1-01' });
    const span = await collector.span((one) => !before.has(one) && one.name === 'GET /v1/users/me');
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.parentSpanId ?? '').toBe('');
  });

  it('leaves out what is asked every few seconds', async () => {
    const { traceId, headers } = newTrace();
    await call(server.url, 'GET', '/health/live', { headers });
    const after = newTrace();
    await account.call('GET', '/v1/users/me', undefined, after.headers);
    await wholeTrace(after.traceId, after.spanId);
    expect(collector.trace(traceId)).toEqual([]);
  });

  it('names the trace in the log lines of the request', async () => {
    const { traceId, headers } = newTrace();
    await account.call('GET', '/v1/users/me', undefined, headers);
    const lines = () => server.output.filter((line) => line.includes(traceId));
    await expect.poll(lines).toContainEqual(expect.stringContaining(`"trace_id":"${traceId}"`));
  });

  it('tells no engine or provider of the trace, unless it is told to', async () => {
    provider.script({ text: 'Hello.' });
    const { traceId, spanId, headers } = newTrace();
    await chat(account, undefined, [{ role: 'user', content: 'Hello' }], {}, headers);
    expect(provider.requests.at(-1)?.headers).not.toHaveProperty('traceparent');
    await wholeTrace(traceId, spanId);
  });

  it('tells of speech', async () => {
    const { traceId, spanId, headers } = newTrace();
    const { status } = await account.call('POST', '/v1/audio/speech', { input: 'Marzipan sleeps.' }, headers);
    expect(status).toBe(200);
    const spans = await wholeTrace(traceId, spanId);
    const speech = spans.find(({ name }) => name.startsWith('text_to_speech '));
    expect(speech).toMatchObject({
      kind: KIND.client,
      parentSpanId: named(spans, 'POST /v1/audio/speech').spanId,
      attributes: {
        'gen_ai.operation.name': 'text_to_speech',
        'gen_ai.provider.name': 'openai',
        'gen_ai.response.time_to_first_chunk': expect.any(Number),
      },
    });
  });

  it('tells of a call as one trace: what was heard, and its turn with what was said', async () => {
    const client = await VoiceClient.connect(server.url, account.token);
    const { call_id: callId, session_id: sessionId } = await client.get('call.start', { transport: 'socket' });
    client.talk();
    client.say(spokenSamples());
    await client.next('response.done');
    await client.get('call.end');
    client.close();

    const whole = await collector.span(({ attributes }) => attributes['cozy.voice.call_id'] === callId);
    expect(whole.attributes).toMatchObject({
      'gen_ai.conversation.id': sessionId,
      'gen_ai.agent.id': 'companion',
      'cozy.voice.end_reason': 'client',
    });
    const spans = collector.trace(whole.traceId);
    const said = shape(spans).map((line) => line.replace(/(_to_\w+) .*/, '$1'));
    expect(said).toEqual(
      expect.arrayContaining([
        'outside > voice_call',
        'voice_call > speech_to_text',
        'voice_call > voice_turn',
        'voice_turn > invoke_agent Cozy',
        'voice_turn > text_to_speech',
      ]),
    );
    expect(named(spans, 'voice_turn').attributes).toMatchObject({
      'cozy.voice.outcome': 'completed',
      'cozy.voice.first_audio_out_ms': expect.any(Number),
    });
  });

  it('exports no words, names or users, and its key goes to the collector alone', () => {
    const exported = collector.text();
    expect(exported).toContain('invoke_agent');
    for (const word of ['Marzipan', 'cat', '12 * 12', '144', 'Hello', account.username, account.email, account.id]) {
      expect(exported).not.toMatch(new RegExp(`\\b${word.replaceAll('*', '\\*')}\\b`));
    }
    expect(collector.headers[0]).toMatchObject({ 'x-api-key': SECRET });
    expect(server.output.join('\n')).not.toContain(SECRET);
  });
});
