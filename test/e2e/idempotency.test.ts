import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession, saidIn, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { ChatStream } from '../setup/chat-stream.js';
import { openAiSettings } from '../setup/config-folder.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ config: openAiSettings({ max_retries: 0 }) });
const model = 'gpt-4o-mini';
const messages = [user('Hello?')];
let account: Account;

beforeAll(async () => {
  account = await newAccount(stage.url);
});

const newKey = () => ({ 'Idempotency-Key': randomUUID() });
const replayed = (answer: { headers: Headers }) => answer.headers.get('idempotent-replayed');
const stream = (headers: Record<string, string>, body: Record<string, unknown>) =>
  ChatStream.open(stage.url, { token: account.token, headers, body: { messages, ...body } });

describe('the same key with the same request', () => {
  it('is the first answer again; nothing is asked or stored twice', async () => {
    const id = await newSession(account);
    const key = newKey();
    stage.provider.script({ text: 'First.' }, { text: 'Second.' });
    const first = await chat(account, id, messages, { model }, key);
    const again = await chat(account, id, messages, { model }, key);
    expect([first.status, replayed(first)]).toEqual([200, null]);
    expect([again.status, replayed(again)]).toEqual([200, 'true']);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(stage.provider.chats).toBe(1);
    expect(await saidIn(account, id)).toEqual(['user: Hello?', 'assistant: First.']);
  });

  it('is the same stream again, byte by byte', async () => {
    const id = await newSession(account);
    const key = newKey();
    stage.provider.script({ text: '你好 one two', tokenDelayMs: 20 });
    const body = { model, session_id: id, stream_options: { include_usage: true } };
    const first = await stream(key, body);
    const text = await first.whole();
    const again = await stream(key, body);
    expect(await again.whole()).toBe(text);
    expect(text).toContain('data: [DONE]');
    expect([replayed(first.response), replayed(again.response)]).toEqual([null, 'true']);
    expect(stage.provider.chats).toBe(1);
  });

  it('is the same stream again in its headers', async () => {
    const key = newKey();
    const headersOf = async () => {
      const open = await stream(key, { model });
      await open.whole();
      return ['content-type', 'cache-control', 'x-accel-buffering'].map((name) => open.response.headers.get(name));
    };
    const first = await headersOf();
    expect(first).toEqual(['text/event-stream; charset=utf-8', 'no-cache', 'no']);
    expect(await headersOf()).toEqual(first);
  });

  it('is the same under the other name of the route', async () => {
    const key = newKey();
    const body = { model, messages };
    const first = await account.call('POST', '/v1/chat/completions', body, key);
    const again = await account.call('POST', '/api/v1/chat/completions', body, key);
    expect([replayed(again), again.body]).toEqual(['true', first.body]);
  });

  it('makes one session only', async () => {
    const owner = await newAccount(stage.url);
    const key = newKey();
    const first = await owner.call('POST', '/v1/sessions', { title: 'One' }, key);
    const again = await owner.call('POST', '/v1/sessions', { title: 'One' }, key);
    expect([first.status, again.status, replayed(again)]).toEqual([201, 201, 'true']);
    expect(again.body).toEqual(first.body);
    expect((await owner.call('GET', '/v1/sessions')).body.total).toBe(1);
  });

  it('is done once, however many come at once', async () => {
    const id = await newSession(account);
    const key = newKey();
    stage.provider.setAnswer({ text: 'Once.', firstTokenDelayMs: 100 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => chat(account, id, messages, { model }, key)));
    stage.provider.setAnswer({ text: 'Hello from the simulated provider.' });
    expect(stage.provider.chats).toBe(1);
    expect(answers.filter((answer) => answer.status === 200 && replayed(answer) === null)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await saidIn(account, id)).toEqual(['user: Hello?', 'assistant: Once.']);
  });
});

describe('the same key', () => {
  it('with another body is 422, and on another route too', async () => {
    const key = newKey();
    await chat(account, undefined, messages, { model }, key);
    for (const [route, body] of [
      ['/v1/chat/completions', { model, messages: [user('Something else')] }],
      ['/v1/chat/completions', { model, messages, stream: true }],
      ['/v1/sessions', { model, messages }],
    ] as const) {
      const answer = await account.call('POST', route, body, key);
      expect([answer.status, answer.body.error.code]).toEqual([422, 'VALIDATION_IDEMPOTENCY_MISMATCH']);
    }
    expect(stage.provider.chats).toBe(1);
  });

  it('is 409 while the first request is being answered, and replays after it', async () => {
    const key = newKey();
    const arrived = stage.provider.nextRequest();
    stage.provider.script({ text: 'one two three four', tokenDelayMs: 300 });
    const first = chat(account, undefined, messages, { model }, key);
    await arrived;
    const early = await chat(account, undefined, messages, { model }, key);
    expect([early.status, early.body.error.code]).toEqual([409, 'RESOURCE_IN_FLIGHT']);
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    const { body } = await first;
    const late = await chat(account, undefined, messages, { model }, key);
    expect([late.status, late.body]).toEqual([200, body]);
  });

  it('is another caller’s own', async () => {
    const other = await newAccount(stage.url);
    const key = newKey();
    stage.provider.script({ text: 'Mine.' }, { text: 'Theirs.' });
    await chat(account, undefined, messages, { model }, key);
    const theirs = await chat(other, undefined, messages, { model }, key);
    expect([replayed(theirs), theirs.body.choices[0].message.content]).toEqual([null, 'Theirs.']);
  });

  it.each(['with space inside', 'é', 'x'.repeat(256)])('is 400 where it is %j', async (text) => {
    const key = { 'Idempotency-Key': Buffer.from(text).toString('latin1') };
    const answer = await chat(account, undefined, messages, { model }, key);
    expect([answer.status, answer.body.error.param]).toEqual([400, 'Idempotency-Key']);
  });
});

describe('a failed turn is never replayed', () => {
  it('as a whole answer', async () => {
    const key = newKey();
    stage.provider.failOnce({ kind: 'status', status: 500 });
    expect((await chat(account, undefined, messages, { model }, key)).status).toBe(502);
    const again = await chat(account, undefined, messages, { model }, key);
    expect([again.status, replayed(again)]).toEqual([200, null]);
  });

  it.each([
    ['that broke off', { model }, { kind: 'cut-mid-stream' as const }],
    ['told to the web app as text', { session_id: 'default' }, { kind: 'status' as const, status: 500 }],
    ['told to the web app after some words', { session_id: 'default' }, { kind: 'error-chunk' as const }],
  ])('as a stream %s', async (_name, fields, fault) => {
    const key = newKey();
    stage.provider.failOnce(fault);
    const failed = await stream(key, fields);
    expect(failed.response.status).toBe(200);
    await failed.whole();
    stage.provider.script({ text: 'Here.' });
    const again = await stream(key, fields);
    expect(replayed(again.response)).toBeNull();
    expect((await again.events()).content).toBe('Here.');
  });

  it('nor is one whose caller left', async () => {
    const key = newKey();
    stage.provider.script({ text: 'one two three four', fault: { kind: 'hang-mid-stream' } }, { text: 'Here.' });
    const open = await stream(key, { model });
    await open.untilSaid();
    open.leave();
    await expect.poll(async () => (await stream(key, { model })).events().then((read) => read.content)).toBe('Here.');
  });
});
