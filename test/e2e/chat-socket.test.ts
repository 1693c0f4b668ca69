import type { Socket } from 'socket.io-client';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { connected, nextEvent, refusalOf } from '../setup/socket.js';
import { ownServer, testServer } from '../setup/test-server.js';

let url: string;
let ana: Account;
const open: Socket[] = [];

beforeAll(async () => {
  ({ url } = await testServer());
  ana = await newAccount(url);
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

async function device(account: Account, at = url): Promise<Socket> {
  const socket = await connected(at, '/chat', account.token);
  open.push(socket);
  return socket;
}

interface Done {
  turn_id: string;
  session_id: string;
  message_id: string;
  finish_reason: string;
  usage: { total_tokens: number };
  metadata: { session_id: string };
}

/** What the socket hears of the turn until it is done. */
async function answerTo(socket: Socket): Promise<{ text: string; done: Done }> {
  let text = '';
  const hear = (delta: { text: string }) => (text += delta.text);
  socket.on('chat.delta', hear);
  const done = await nextEvent<Done>(socket, 'chat.done');
  socket.off('chat.delta', hear);
  return { text, done };
}

describe('the handshake of /chat', () => {
  it.each([
    ['without a credential', {}, 'AUTH_REQUIRED'],
    ['with a credential that is none', { token: 'nonsense' }, 'AUTH_TOKEN_INVALID'],
    ['with something else for a credential', { token: { $gt: '' } }, 'AUTH_REQUIRED'],
  ])('is refused %s', async (_, auth, code) => {
    expect((await refusalOf(url, '/chat', auth)).data?.code).toBe(code);
  });

  it('is refused from a page of another origin', async () => {
    const refusal = await refusalOf(url, '/chat', { token: ana.token }, { origin: 'https://evil.example.com' });
    expect(refusal.message).toBe('websocket error');
  });

  it('is refused to an API key that may do nothing here', async () => {
    const { body } = await ana.call('POST', '/v1/api-keys', { name: 'ears', scopes: ['memory:read'] });
    expect((await refusalOf(url, '/chat', { token: body.key })).data?.code).toBe('AUTH_SCOPE_MISSING');
  });
});

describe('/chat', () => {
  it('answers on all devices of the user, and stores the turn', async () => {
    const [phone, laptop] = [await device(ana), await device(ana)];
    const [onPhone, onLaptop] = [answerTo(phone), answerTo(laptop)];
    const sent = await phone.emitWithAck('chat.send', { text: 'My cat is called Mochi.' });
    expect(sent).toEqual({ ok: true, turn_id: expect.any(String), session_id: expect.any(String) });
    const [first, second] = [await onPhone, await onLaptop];
    expect(first.text).toContain('Mochi');
    expect(second.text).toBe(first.text);
    expect(first.done).toMatchObject({ turn_id: sent.turn_id, finish_reason: 'stop', session_id: sent.session_id });
    const { body } = await ana.call('GET', `/v1/sessions/${sent.session_id}`);
    const answer = body.messages.at(-1);
    expect(answer).toMatchObject({ id: first.done.message_id, role: 'assistant', content: first.text });
  });

  it('tells nobody else', async () => {
    const ben = await newAccount(url);
    const [mine, others] = [await device(ana), await device(ben)];
    const heard: string[] = [];
    others.onAny((event: string) => heard.push(event));
    const answered = answerTo(mine);
    await mine.emitWithAck('chat.send', { text: 'Hello.' });
    await answered;
    const echo = answerTo(others);
    await others.emitWithAck('chat.send', { text: 'Hello too.' });
    const { done } = await echo;
    expect(heard.filter((event) => event === 'chat.started')).toHaveLength(1);
    expect((await ana.call('GET', `/v1/sessions/${done.session_id}`)).status).toBe(404);
  });

  it.each([
    ['an empty text', 'chat.send', { text: '' }, 'VALIDATION_FAILED'],
    ['a text that is none', 'chat.send', { text: { a: 1 } }, 'VALIDATION_FAILED'],
    ['nothing at all', 'chat.send', undefined, 'VALIDATION_FAILED'],
    ['a session that is not there', 'chat.send', { text: 'x', session_id: 'nope' }, 'RESOURCE_SESSION_NOT_FOUND'],
    ['typing in a session that is not there', 'chat.typing', { session_id: 'nope' }, 'RESOURCE_SESSION_NOT_FOUND'],
    ['a cancellation of nothing', 'chat.cancel', {}, 'VALIDATION_FAILED'],
  ])('refuses %s in its acknowledgement', async (_, event, body, code) => {
    const socket = await device(ana);
    const answer = await (body === undefined ? socket.emitWithAck(event) : socket.emitWithAck(event, body));
    expect(answer).toMatchObject({ ok: false, error: { code } });
  });

  it('refuses a session of somebody else', async () => {
    const ben = await newAccount(url);
    const { body } = await ben.call('POST', '/v1/sessions', {});
    const socket = await device(ana);
    const answer = await socket.emitWithAck('chat.send', { text: 'Hi', session_id: body.session_id });
    expect(answer).toMatchObject({ ok: false, error: { code: 'RESOURCE_SESSION_NOT_FOUND' } });
  });

  it('tells the other devices of typing, and all of a new title', async () => {
    const { body } = await ana.call('POST', '/v1/sessions', {});
    const [phone, laptop] = [await device(ana), await device(ana)];
    const typing = nextEvent(laptop, 'chat.typing');
    await phone.emitWithAck('chat.typing', { session_id: body.session_id });
    expect(await typing).toEqual({ session_id: body.session_id });
    const updated = nextEvent(phone, 'session.updated');
    await ana.call('PUT', `/v1/sessions/${body.session_id}`, { title: 'Cats' });
    expect(await updated).toEqual({ session_id: body.session_id });
  });

  it('closes a socket whose sign-in has ended, and says why', async () => {
    const ben = await newAccount(url);
    const socket = await device(ben);
    const [told, gone] = [nextEvent(socket, 'error'), nextEvent(socket, 'disconnect')];
    await ben.call('POST', '/v1/auth/logout');
    expect(await told).toMatchObject({ code: 'AUTH_TOKEN_REVOKED' });
    expect(await gone).toBe('io server disconnect');
  });

  it('closes a socket that sends more than a message may hold', async () => {
    const socket = await device(ana);
    const told = nextEvent(socket, 'error');
    socket.emit('chat.send', { text: 'a'.repeat(100_000) });
    expect(await told).toMatchObject({ code: 'VALIDATION_BODY_TOO_LARGE' });
  });
});

describe('/chat of a server that counts connects', () => {
  const server = ownServer(() => ({ env: { WS_CONNECTS_PER_MINUTE: '2' } }));

  it('refuses one too many of a user, not of another', async () => {
    const at = (await server()).url;
    const [eva, tom] = [await newAccount(at), await newAccount(at)];
    await device(eva, at);
    await device(eva, at);
    expect((await refusalOf(at, '/chat', { token: eva.token })).data?.code).toBe('RATE_LIMIT_EXCEEDED');
    await device(tom, at);
  });
});
