import { beforeAll, describe, expect, it } from 'vitest';
import { chat, heardBy, messagesOf, newSession, saidIn, user } from '../factories/conversation.js';
import { PROVIDER_SECRET, type ProviderFault } from '../fakes/provider-simulator.js';
import { type Account, newAccount } from '../setup/account.js';
import { ChatStream } from '../setup/chat-stream.js';
import { openAiSettings } from '../setup/config-folder.js';
import { inSession, openAiClient } from '../setup/openai-client.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ config: openAiSettings({ max_retries: 0 }) });
const model = 'gpt-4o-mini';
const messages = [{ role: 'user' as const, content: 'Hello?' }];
const SECRET = PROVIDER_SECRET.split(' ')[0] as string;
let account: Account;

beforeAll(async () => {
  account = await newAccount(stage.url);
});

const status = (code: number, more: object = {}): ProviderFault => ({ kind: 'status', status: code, ...more });
const script = (fault: ProviderFault, text = 'one two three four') => stage.provider.script({ text, fault });
const stream = (body: Record<string, unknown>) =>
  ChatStream.open(stage.url, { token: account.token, body: { model, messages, ...body } });

describe('a provider that fails before its first word', () => {
  it.each<[string, ProviderFault, number, string]>([
    ['refuses our key', status(401, { code: 'invalid_api_key' }), 502, 'ENGINE_AUTH_FAILED'],
    ['forbids us', status(403), 502, 'ENGINE_AUTH_FAILED'],
    ['does not know the model', status(404, { code: 'model_not_found' }), 404, 'RESOURCE_MODEL_NOT_FOUND'],
    ['rejects the request', status(400, { code: 'invalid_value' }), 400, 'ENGINE_REQUEST_REJECTED'],
    ['finds it too long', status(400, { code: 'context_length_exceeded' }), 400, 'ENGINE_CONTEXT_LENGTH'],
    ['finds it too large', status(413), 413, 'VALIDATION_BODY_TOO_LARGE'],
    ['is busy', status(429), 503, 'ENGINE_RATE_LIMITED'],
    ['crashes', status(500), 502, 'ENGINE_FAILED'],
    ['is overloaded', status(503), 502, 'ENGINE_FAILED'],
    ['redirects', status(302, { headers: { location: 'http://127.0.0.1:1/' } }), 502, 'ENGINE_FAILED'],
    ['drops the connection', { kind: 'cut-before-headers' }, 503, 'ENGINE_UNAVAILABLE'],
    ['sends a web page', { kind: 'html' }, 502, 'ENGINE_BAD_RESPONSE'],
    ['says 200 and means an error', { kind: 'error-body', code: 'rate_limit_exceeded' }, 503, 'ENGINE_RATE_LIMITED'],
  ])(
    '%s: the status and the code say so, streamed or not, and its words stay here',
    async (_name, fault, code, name) => {
      for (const streamed of [false, true]) {
        const id = await newSession(account);
        // Twice, as a connection that was kept open is tried once more when it turns out to be dead.
        script(fault);
        script(fault);
        const answer = await chat(account, id, messages, { model, stream: streamed });
        stage.provider.reset();
        expect([answer.status, answer.body.error.code]).toEqual([code, name]);
        expect(answer.body).toMatchObject({
          error: { type: expect.any(String), param: null, request_id: answer.headers.get('x-request-id') },
          message: answer.body.error.message,
          detail: answer.body.error.message,
        });
        expect(answer.headers.get('content-type')).toContain('application/json');
        expect(JSON.stringify([answer.body, ...answer.headers])).not.toContain(SECRET);
        expect(await saidIn(account, id)).toEqual(['user: Hello?']);
      }
    },
  );

  it('says how long it is busy', async () => {
    script(status(429, { headers: { 'retry-after': '7' } }));
    const answer = await chat(account, undefined, messages, { model });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7']);
  });

  it('after its headers, but before its first word, is still a status', async () => {
    script({ kind: 'garbage-chunk' }, 'one');
    const answer = await chat(account, undefined, messages, { model, stream: true });
    expect([answer.status, answer.body.error?.code]).toEqual([502, 'ENGINE_BAD_RESPONSE']);
  });

  it('fails embeddings the same way', async () => {
    stage.provider.failRoute('/embeddings', status(500));
    const body = { model: 'text-embedding-3-small', input: 'x' };
    const answer = await account.call('POST', '/v1/embeddings', body);
    expect([answer.status, answer.body.error.code]).toEqual([502, 'ENGINE_FAILED']);
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);
  });

  // Bug: the error itself was counted as the first token.
  it('is not counted among the first tokens', async () => {
    const firstTokens = async () => {
      const text = await (await fetch(`${stage.url}/metrics`)).text();
      return Number(/^cozy_chat_first_token_seconds_count\{provider="openai"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    const before = await firstTokens();
    script(status(500));
    await chat(account, undefined, messages, { model });
    expect(await firstTokens()).toBe(before);
    await chat(account, undefined, messages, { model });
    expect(await firstTokens()).toBe(before + 1);
  });

  it('does not keep models and personalities from being listed', async () => {
    stage.provider.failRoute('/models', status(500));
    const answer = await account.call('GET', '/v1/models');
    const ids = answer.body.data.map((entry: { id: string }) => entry.id);
    expect(ids).toEqual(expect.arrayContaining(['cozy/companion', model]));
  });
});

describe('a provider that fails in the middle', () => {
  it.each<[string, ProviderFault, string]>([
    ['sends an error', { kind: 'error-chunk', code: 'server_error' }, 'ENGINE_FAILED'],
    ['sends an error of its limits', { kind: 'error-chunk', code: 429 }, 'ENGINE_RATE_LIMITED'],
    ['sends garbage', { kind: 'garbage-chunk' }, 'ENGINE_BAD_RESPONSE'],
    ['drops the connection', { kind: 'cut-mid-stream' }, 'ENGINE_STREAM_CUT'],
    ['ends without a reason', { kind: 'no-finish' }, 'ENGINE_STREAM_CUT'],
  ])('%s: the stream says so and ends, and what was said is kept as interrupted', async (_name, fault, code) => {
    const id = await newSession(account);
    script(fault);
    const open = await stream({ session_id: id });
    const { chunks, content, done } = await open.events();
    expect(open.response.status).toBe(200);
    expect(done).toBe(true);
    expect(chunks.at(-1)).toEqual({
      error: {
        message: expect.any(String),
        type: 'api_error',
        param: null,
        code,
        request_id: open.response.headers.get('x-request-id'),
        details: {},
      },
    });
    expect(open.text).not.toContain(SECRET);
    expect(chunks.slice(0, -1).every((chunk) => chunk.choices[0].finish_reason === null)).toBe(true);
    expect(content).toMatch(/^one two/);
    expect((await messagesOf(account, id)).slice(1)).toMatchObject([
      { role: 'user', content: 'Hello?' },
      { role: 'assistant', content, metadata: { interrupted: true, finish_reason: null, error_code: code } },
    ]);
  });

  it('is an error status for who waits for a whole answer, and their second try is not stored twice', async () => {
    const id = await newSession(account);
    script({ kind: 'cut-mid-stream' });
    const answer = await chat(account, id, messages, { model });
    expect([answer.status, answer.body.error.code]).toEqual([502, 'ENGINE_STREAM_CUT']);
    expect(JSON.stringify(answer.body)).not.toContain(SECRET);
    expect((await chat(account, id, messages, { model })).status).toBe(200);
    const questions = (await saidIn(account, id)).filter((line) => line.startsWith('user: '));
    expect(questions).toEqual(['user: Hello?']);
  });

  it('leaves a session that goes on', async () => {
    const id = await newSession(account);
    script({ kind: 'error-chunk' });
    await (await stream({ session_id: id })).whole();
    stage.provider.script({ text: 'Well again.' });
    const next = await chat(account, id, [user('Go on.')], { model });
    expect(next.body.choices[0].message.content).toBe('Well again.');
    expect(heardBy(stage.provider.requests[1]).slice(1)).toEqual([
      'user: Hello?',
      'assistant: one two',
      'user: Go on.',
    ]);
  });

  it('leaves no half of a tool call behind', async () => {
    const id = await newSession(account);
    const toolCalls = [{ name: 'weather', arguments: '{"city":"Oslo","days":[1,2,3,4,5,6,7]}' }];
    stage.provider.script({ text: 'Let me', toolCalls, fault: { kind: 'cut-mid-stream' } });
    const tools = [{ type: 'function', function: { name: 'weather' } }];
    await (await stream({ session_id: id, tools })).whole();
    expect((await messagesOf(account, id)).at(-1)).not.toHaveProperty('tool_calls');
    expect((await chat(account, id, [user('Go on.')], { model })).status).toBe(200);
  });
});

describe('a client that goes away', () => {
  it('in the middle: the provider is stopped, and what was said is kept as interrupted', async () => {
    const id = await newSession(account);
    script({ kind: 'hang-mid-stream' });
    const open = await stream({ session_id: id });
    await open.untilSaid();
    open.leave();
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
    const kept = { role: 'assistant', content: 'one two', metadata: { interrupted: true } };
    await expect.poll(async () => (await messagesOf(account, id)).at(-1)).toMatchObject(kept);
  });

  it('in the middle of an answer that is not streamed: what it never saw is not kept, nor its next try stored twice', async () => {
    const id = await newSession(account);
    stage.provider.script({ text: 'one two three', fault: { kind: 'hang-mid-stream' } });
    stage.provider.script({ text: 'Here.' });
    const impatient = openAiClient(stage.url, account).withOptions({ maxRetries: 1, timeout: 1000 });
    const answer = await impatient.chat.completions.create({ model, messages, ...inSession(id) });
    expect(answer.choices[0]?.message.content).toBe('Here.');
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
    expect(await saidIn(account, id)).toEqual(['user: Hello?', 'assistant: Here.']);
  });

  it.each([true, false])('before the first word (streamed: %s): the next try is not stored twice', async (streamed) => {
    const id = await newSession(account);
    script({ kind: 'hang-before-headers' });
    const arrived = stage.provider.nextRequest();
    const controller = new AbortController();
    const left = fetch(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${account.token}` },
      body: JSON.stringify({ model, messages, session_id: id, stream: streamed }),
      signal: controller.signal,
    });
    const request = await arrived;
    controller.abort();
    await expect(left).rejects.toThrow('aborted');
    expect(await request.outcome).toBe('aborted');
    const questions = async () => {
      stage.provider.script({ text: 'Here.' });
      await chat(account, id, messages, { model });
      return saidIn(account, id);
    };
    expect(await questions()).toEqual(['user: Hello?', 'assistant: Here.']);
  });
});
