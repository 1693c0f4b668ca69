import { beforeAll, describe, expect, it } from 'vitest';
import { chat, messagesOf, newSession, saidIn, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const MIB = 1_048_576;
let account: Account;

beforeAll(async () => {
  account = await newAccount(stage.url);
});

/** A request whose JSON is exactly `bytes` long. */
function requestOf(bytes: number, sessionId: string): string {
  const around = JSON.stringify({ messages: [user('')], cozy: { session_id: sessionId } }).length;
  return JSON.stringify({ messages: [user('x'.repeat(bytes - around))], cozy: { session_id: sessionId } });
}

describe('text that databases choke on', () => {
  it.each([
    ['NUL', 'a\u0000b', 'a\uFFFDb'],
    ['half a surrogate pair', 'a\uD83Db', 'a\uFFFDb'],
    ['a backslash before u0000', String.raw`a\u0000b`, String.raw`a\u0000b`],
    ['emoji and other planes', '👩‍👩‍👧 𝕏 é', '👩‍👩‍👧 𝕏 é'],
    ['Unicode line ends', 'a\u2028b\u2029c\u0085d\r\ne', 'a\u2028b\u2029c\u0085d\r\ne'],
  ])('is answered and stored: %s', async (_name, text, stored) => {
    const id = await newSession(account);
    stage.provider.script({ text: [text] });
    const { status } = await chat(account, id, [user(text)]);
    expect(status).toBe(200);
    expect(await saidIn(account, id)).toEqual([`user: ${stored}`, `assistant: ${stored}`]);
    expect((await chat(account, id, [user('Go on.')])).status).toBe(200);
  });

  it.each([
    [
      'a part',
      {
        messages: [
          user([
            { type: 'text', text: 'a\u0000b' },
            { type: 'image_url', image_url: { url: 'x\u0000' } },
          ]),
        ],
      },
    ],
    ['the name of who speaks', { messages: [{ ...user('a'), name: 'An\u0000n' }] }],
  ])('is answered and stored also where NUL stands in %s', async (_name, body) => {
    const id = await newSession(account);
    const { status } = await account.call('POST', '/v1/chat/completions', { ...body, session_id: id });
    expect(status).toBe(200);
    expect((await messagesOf(account, id)).map(({ role }) => role)).toEqual(['assistant', 'user', 'assistant']);
  });

  it.each([
    ['the name of a field of a part', { messages: [user([{ type: 'text', text: 'a', 'odd\u0000name': 1 }])] }],
    ['the name of the model', { messages: [user('a')], model: 'mod\u0000el' }],
    ['the name of the model, as half an emoji', { messages: [user('a')], model: 'mod\uD83Del' }],
  ])('is either refused at once or answered and stored where it stands in %s', async (_name, body) => {
    const id = await newSession(account);
    const { status } = await account.call('POST', '/v1/chat/completions', { ...body, session_id: id });
    const roles = (await messagesOf(account, id)).map(({ role }) => role);
    const outcome = { refused: status >= 400 && status < 500, roles, asked: stage.provider.chats };
    expect([
      { refused: true, roles: ['assistant'], asked: 0 },
      { refused: false, roles: ['assistant', 'user', 'assistant'], asked: 1 },
    ]).toContainEqual(outcome);
  });

  it('is stored where it stands in a tool call of the model', async () => {
    const id = await newSession(account);
    stage.provider.script({ toolCalls: [{ id: 'call_1', name: 'f', arguments: '{"a":"\u0000"}' }] });
    const tools = [{ type: 'function', function: { name: 'f' } }];
    expect((await chat(account, id, [user('a')], { tools })).status).toBe(200);
    expect((await messagesOf(account, id)).at(-1)).toMatchObject({ tool_calls: [{ id: 'call_1' }] });
  });

  it('is stored in titles', async () => {
    const id = await newSession(account, { title: 'a\u0000b' });
    expect((await account.call('GET', `/v1/sessions/${id}`)).body.title).toBe('a\uFFFDb');
    expect((await account.call('PUT', `/v1/sessions/${id}`, { title: 'c\uD83Dd' })).body.title).toBe('c\uFFFDd');
  });
});

describe('large requests', () => {
  it('of 1 MiB are answered and stored whole', async () => {
    const id = await newSession(account);
    const body = requestOf(MIB, id);
    expect((await account.call('POST', '/v1/chat/completions', body)).status).toBe(200);
    const [question] = await saidIn(account, id);
    expect(question?.length).toBeGreaterThan(MIB - 200);
  });

  it('of one byte more are 413 in the one error shape, and nothing is stored', async () => {
    const id = await newSession(account);
    const { status, body, headers } = await account.call('POST', '/v1/chat/completions', requestOf(MIB + 1, id));
    expect(status).toBe(413);
    expect(body).toMatchObject({
      error: {
        code: 'VALIDATION_BODY_TOO_LARGE',
        type: 'invalid_request_error',
        param: null,
        request_id: headers.get('x-request-id'),
      },
      message: body.error.message,
      detail: body.error.message,
    });
    expect(await saidIn(account, id)).toEqual([]);
  });

  it('full of different words do not break the search of their user', async () => {
    const reader = await newAccount(stage.url);
    const id = await newSession(reader);
    const words = Array.from({ length: 110_000 }, (_, at) => `w${at.toString(36)}é`).join(' ');
    expect((await chat(reader, id, [user(`needle one ${words}`)])).status).toBe(200);
    await chat(reader, id, [user('another needle')]);
    const { status, body } = await reader.call('GET', '/v1/messages/search?q=another%20needle');
    expect(status).toBe(200);
    expect(body.items.map((item: { content: string }) => item.content)).toContain('another needle');
  });
});

describe('a body that is none', () => {
  it.each([
    ['broken JSON', '{"messages": [', 'VALIDATION_MALFORMED_JSON'],
    ['a list', '[]', 'VALIDATION_FAILED'],
    ['nothing', undefined, 'VALIDATION_FAILED'],
  ])('is 400: %s', async (_name, text, code) => {
    const { status, body } = await account.call('POST', '/v1/chat/completions', text);
    expect([status, body.error.code]).toEqual([400, code]);
  });
});
