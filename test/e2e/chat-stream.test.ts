import { beforeAll, describe, expect, it } from 'vitest';
import { chat, messagesOf, newSession, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { ChatStream, readEvents, streamChat } from '../setup/chat-stream.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ config: { 'api.development.yaml': { sse_heartbeat_ms: 100 } } });
const model = 'gpt-4o-mini';
const messages = [user('Hello')];
let account: Account;

beforeAll(async () => {
  account = await newAccount(stage.url);
});

const stream = (body: Record<string, unknown> = {}) =>
  streamChat(stage.url, { token: account.token, body: { model, messages, ...body } });

const METADATA = {
  request_id: expect.stringMatching(/^[\da-f-]{36}$/),
  session_id: null,
  personality_id: 'companion',
  degraded: false,
  degrade_reasons: [],
  engines: Object.fromEntries(
    ['knowledge', 'profile', 'memory'].map((kind) => [
      kind,
      {
        status: expect.stringMatching(/^(ok|degraded|skipped|disabled)$/),
        reason: expect.toSatisfy((reason: unknown) => reason === null || typeof reason === 'string'),
        latency_ms: expect.any(Number),
        cache_hit: expect.any(Boolean),
      },
    ]),
  ),
  token_budget: expect.objectContaining({ context_window: expect.any(Number) }),
  executed_tools: [],
  overhead_ms: expect.any(Number),
};

describe('the bytes of a stream', () => {
  it('are events of one line with LF, the role first, the reason last, then [DONE]', async () => {
    stage.provider.script({ text: 'one two' });
    const open = await ChatStream.open(stage.url, { token: account.token, body: { model, messages } });
    expect(open.response.status).toBe(200);
    expect(Object.fromEntries(open.response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'x-request-id': METADATA.request_id,
    });
    const { chunks, content, done } = readEvents(await open.whole());
    expect(done).toBe(true);
    expect(content).toBe('one two');
    expect(chunks[0].choices[0].delta).toMatchObject({ role: 'assistant', content: '' });
    const reasons = chunks.map((chunk) => chunk.choices[0].finish_reason);
    expect(reasons).toEqual([...chunks.slice(1).map(() => null), 'stop']);
    for (const chunk of chunks)
      expect(chunk).toMatchObject({ object: 'chat.completion.chunk', id: chunks[0].id, model });
    expect(chunks[0].id).toMatch(/^chatcmpl-/);
  });

  it('write every script as it is: no escapes, no broken characters', async () => {
    const words = ['你好，', '世界 ', 'Grüße ', '👩‍👩‍👧 ', 'שלום ', '"quoted"\n'];
    stage.provider.script({ text: words });
    const open = await ChatStream.open(stage.url, { token: account.token, body: { model, messages } });
    const text = await open.whole();
    expect(readEvents(text).content).toBe(words.join(''));
    for (const word of words.slice(0, -1)) expect(text).toContain(word);
    stage.provider.script({ text: words });
    const whole = await fetch(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${account.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ model, messages }),
    });
    expect(await whole.text()).toContain('你好，世界 Grüße 👩‍👩‍👧 שלום ');
  });

  it('put an emoji together that the provider cut in two', async () => {
    const id = await newSession(account);
    stage.provider.script({ text: ['Hi \uD83D', '\uDE00!'] });
    const { content } = await stream({ session_id: id });
    expect(content).toBe('Hi 😀!');
    expect((await messagesOf(account, id)).at(-1)?.content).toBe('Hi 😀!');
  });

  it('hold pings while the provider is silent, and nothing is lost', async () => {
    stage.provider.script({ text: 'at last', firstTokenDelayMs: 1000 });
    const { comments, content, done } = await stream();
    expect(comments.length).toBeGreaterThan(0);
    expect(new Set(comments)).toEqual(new Set([': ping']));
    expect({ content, done }).toEqual({ content: 'at last', done: true });
  });

  it('an empty answer is a whole stream too', async () => {
    stage.provider.script({ text: [] });
    const { chunks, done } = await stream();
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop');
    expect(chunks[0].choices[0].delta.role).toBe('assistant');
    expect(done).toBe(true);
  });
});

describe('the engine’s own facts', () => {
  it('are complete on a whole answer', async () => {
    const { body } = await chat(account, undefined, messages, { model });
    expect(body.metadata).toEqual(METADATA);
  });

  it('ride on the finish chunk where no usage was asked for', async () => {
    const { chunks } = await stream();
    expect(chunks.filter((chunk) => chunk.metadata)).toEqual([chunks.at(-1)]);
    expect(chunks.at(-1)).toMatchObject({ metadata: METADATA, choices: [{ finish_reason: 'stop' }] });
    expect(chunks.every((chunk) => chunk.choices.length === 1 && !('usage' in chunk))).toBe(true);
  });

  it('ride on the usage chunk where it was asked for, which is the last and the only one without a choice', async () => {
    stage.provider.script({ text: 'one two three' });
    const { chunks } = await stream({ stream_options: { include_usage: true } });
    expect(chunks.filter((chunk) => chunk.metadata)).toEqual([chunks.at(-1)]);
    expect(chunks.filter((chunk) => chunk.choices.length === 0)).toEqual([chunks.at(-1)]);
    expect(chunks.at(-1)).toMatchObject({
      metadata: METADATA,
      usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
    });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks.at(-2).choices[0].finish_reason).toBe('stop');
  });

  it('name the caller’s own request id, which the stored messages name as well', async () => {
    const id = await newSession(account);
    const headers = { 'X-Request-Id': 'my.request-7' };
    const answer = await chat(account, id, messages, { model }, headers);
    expect(answer.headers.get('x-request-id')).toBe('my.request-7');
    expect(answer.body.metadata).toMatchObject({ request_id: 'my.request-7', session_id: id });
    const [, question, stored] = await messagesOf(account, id);
    expect(question?.metadata['request_id']).toBe('my.request-7');
    expect(stored?.metadata).toMatchObject({ request_id: 'my.request-7', finish_reason: 'stop', model });
  });
});

describe('token counts', () => {
  it.each(['chunk', 'finish', 'every'] as const)('are the provider’s, wherever it puts them (%s)', async (usage) => {
    stage.provider.script({ text: 'one two three', usage });
    const { body } = await chat(account, undefined, messages, { model });
    expect(body.usage).toEqual({ prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 });
  });

  it('are counted here and marked so where the provider gives none', async () => {
    const script = { text: 'one two three', usage: 'none' as const };
    stage.provider.script(script, script);
    const whole = (await chat(account, undefined, messages, { model })).body.usage;
    const streamed = (await stream({ stream_options: { include_usage: true } })).chunks.at(-1).usage;
    for (const usage of [whole, streamed]) {
      expect(usage).toMatchObject({ completion_tokens: 3, estimated: true });
      expect(usage.prompt_tokens).toBeGreaterThan(20);
      expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
    }
  });
});
