import { beforeEach, describe, expect, it } from 'vitest';
import { audioSaying } from '../fakes/speech-script.js';
import { type Account, newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { spokenSamples } from '../setup/speech.js';
import { TestSocket } from '../setup/web-socket.js';
import { expectRefusal } from '../setup/refusal.js';

const stage = simulatedServer({
  env: { ALLOWED_ORIGINS: 'https://app.example.com', WS_CONNECTS_PER_MINUTE: '12' },
});
const PATH = '/v1/audio/stt/stream';
let account: Account;

/** Its own for each test: connections are counted by user. */
beforeEach(async () => {
  account = await newAccount(stage.url);
});

const bytesOf = (samples: Int16Array) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
const bearer = (token = account.token) => ({ headers: { Authorization: `Bearer ${token}` } });
const dictate = (query = '', options: { headers?: Record<string, string> } = bearer()) =>
  TestSocket.open(stage.url, `${PATH}${query}`, options);
const ticket = async () => (await account.call('POST', '/v1/auth/ws-ticket')).body.ticket as string;
const refusalOf = async (opening: Promise<TestSocket>) => {
  const error = (await opening.catch((thrown: unknown) => thrown)) as {
    status: number;
    body: { error: { code: string } };
  };
  return [error.status, error.body.error.code];
};

describe('dictation', () => {
  it('tells what was said when its speaker says that it is finished', async () => {
    const socket = await dictate('?turn_detection=none&language=en');
    expect(await socket.next('ready')).toEqual({ type: 'ready', sample_rate: 16_000 });
    const sound = bytesOf(audioSaying('Take a note.'));
    for (let at = 0; at < sound.length; at += 1001) socket.send(sound.subarray(at, at + 1001));
    socket.send({ type: 'commit' });
    expect(await socket.next('partial')).toMatchObject({ index: 0, text: 'Take' });
    expect(await socket.next('final')).toMatchObject({ index: 0, text: 'Take a note.' });
    socket.send(bytesOf(audioSaying('And another.')));
    socket.send({ type: 'end' });
    expect(await socket.next('final')).toMatchObject({ index: 1, text: 'And another.' });
    expect(await socket.closed).toEqual({ code: 1000, reason: 'finished' });
    expect(stage.provider.requests[0]?.body).toMatchObject({ language: 'en' });
  });

  it('finds by itself where somebody has finished', async () => {
    const socket = await dictate();
    stage.provider.speech.hear({ text: 'What time is it?' }, { text: 'And now?' });
    const silence = Buffer.alloc(2 * 16_000);
    socket.send(Buffer.concat([bytesOf(spokenSamples()), silence, bytesOf(spokenSamples()), silence]));
    expect(await socket.next('speech_started')).toEqual({ type: 'speech_started' });
    await socket.next('speech_stopped');
    expect(await socket.next('final')).toMatchObject({ index: 0, text: 'What time is it?' });
    expect(await socket.next('final')).toMatchObject({ index: 1, text: 'And now?' });
    socket.send({ type: 'end' });
    await socket.closed;
    expect(stage.provider.requests).toHaveLength(2);
  });

  it('goes on after a failure of the provider, which it tells', async () => {
    const socket = await dictate('?turn_detection=none');
    stage.provider.speech.hear({ fault: { kind: 'status', status: 500 } });
    socket.send(bytesOf(audioSaying('Lost.')));
    socket.send({ type: 'commit' });
    expect(await socket.next('error')).toMatchObject({ error: { code: 'ENGINE_FAILED' } });
    socket.send(bytesOf(audioSaying('Found.')));
    socket.send({ type: 'commit' });
    expect(await socket.next('final')).toMatchObject({ text: 'Found.' });
    socket.leave();
  });

  it('answers what it does not understand, and lives', async () => {
    const socket = await dictate('?turn_detection=none');
    socket.sendText('{"type": "dance"}');
    expect(await socket.next('error')).toMatchObject({ error: { code: 'VALIDATION_FAILED' } });
    socket.sendText('{');
    expect(await socket.next('error')).toMatchObject({ error: { code: 'VALIDATION_MALFORMED_JSON' } });
    socket.send(bytesOf(audioSaying('Forget this.')));
    socket.send({ type: 'clear' });
    socket.send({ type: 'end' });
    expect((await socket.closed).code).toBe(1000);
    expect(socket.events.filter(({ type }) => type === 'final')).toEqual([]);
  });

  it('ends where a message is too long, or its query is wrong', async () => {
    const long = await dictate();
    long.send(Buffer.alloc(256 * 1024 + 2));
    expect((await long.closed).code).toBe(1009);
    const wrong = await dictate('?sample_rate=8000');
    expect(await wrong.next('error')).toMatchObject({ error: { code: 'VALIDATION_FAILED', param: 'sample_rate' } });
    expect((await wrong.closed).code).toBe(1008);
  });

  it('stops asking the provider when its speaker leaves', async () => {
    const socket = await dictate('?turn_detection=none');
    stage.provider.speech.hear({ fault: { kind: 'hang-before-headers' } });
    const arriving = stage.provider.nextRequest();
    socket.send(bytesOf(audioSaying('Never mind.')));
    socket.send({ type: 'commit' });
    const request = await arriving;
    socket.leave();
    expect(await request.outcome).toBe('aborted');
  });
});

describe('who may connect', () => {
  it.each([
    ['a header', async () => dictate()],
    ['a token in the query', async () => dictate(`?token=${account.token}`, {})],
    ['a ticket in the query', async () => dictate(`?ticket=${await ticket()}`, {})],
    [
      'a subprotocol',
      async () =>
        TestSocket.open(stage.url, `/api${PATH}`, { protocols: [`openai-insecure-api-key.${account.token}`, 'cozy'] }),
    ],
  ])('is whoever has a credential in %s', async (_where, open) => {
    const socket = await open();
    await socket.next('ready');
    expect(['', 'cozy']).toContain(socket.protocol);
    socket.leave();
  });

  it('is nobody without one, with a wrong one, or without the scope', async () => {
    expect(await refusalOf(TestSocket.open(stage.url, PATH))).toEqual([401, 'AUTH_REQUIRED']);
    expect(await refusalOf(dictate('', bearer('nonsense')))).toEqual([401, 'AUTH_TOKEN_INVALID']);
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'chat', scopes: ['chat:write'] });
    expect(await refusalOf(dictate('', bearer(body.key)))).toEqual([403, 'AUTH_SCOPE_MISSING']);
  });

  it('is no page of a foreign origin', async () => {
    const from = (Origin: string) => dictate('', { headers: { ...bearer().headers, Origin } });
    expect(await refusalOf(from('https://evil.example.com'))).toEqual([403, 'AUTH_FORBIDDEN']);
    for (const origin of ['https://app.example.com', stage.url]) (await from(origin)).leave();
  });

  it('is nobody at an address that does not exist', async () => {
    expect(await refusalOf(TestSocket.open(stage.url, '/v1/nowhere', bearer()))).toEqual([
      404,
      'RESOURCE_ROUTE_NOT_FOUND',
    ]);
  });

  it('is nobody more often than allowed in a minute', async () => {
    for (let at = 0; at < 12; at++) (await dictate()).leave();
    expect(await refusalOf(dictate())).toEqual([429, 'RATE_LIMIT_EXCEEDED']);
  });
});

describe('a ticket', () => {
  const withTicket = (text: string) => dictate(`?ticket=${text}`, {});

  it('lives half a minute and opens one connection, even where two try at once', async () => {
    const { status, body } = await account.call('POST', '/v1/auth/ws-ticket');
    expect([status, body]).toEqual([200, { ticket: expect.any(String), expires_in: 30 }]);
    const both = await Promise.allSettled([withTicket(body.ticket), withTicket(body.ticket)]);
    const opened = both.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(opened).toHaveLength(1);
    opened[0]?.leave();
    expect(await refusalOf(withTicket(body.ticket))).toEqual([401, 'AUTH_TOKEN_INVALID']);
  });

  it('is no access token, and an access token is no ticket of another kind', async () => {
    const headers = { Authorization: `Bearer ${await ticket()}` };
    expectRefusal(await account.call('GET', '/v1/users/me', undefined, headers), 401, 'AUTH_TOKEN_INVALID');
  });

  it('is worth nothing once its sign-in has ended', async () => {
    const text = await ticket();
    await account.call('POST', '/v1/auth/logout');
    expect(await refusalOf(withTicket(text))).toEqual([401, 'AUTH_TOKEN_REVOKED']);
  });

  it('of an API key has what the key has', async () => {
    const { body: key } = await account.call('POST', '/v1/api-keys', { name: 'a', scopes: ['chat:write'] });
    const headers = { Authorization: `Bearer ${key.key}` };
    const { body } = await account.call('POST', '/v1/auth/ws-ticket', undefined, headers);
    expect(await refusalOf(withTicket(body.ticket))).toEqual([403, 'AUTH_SCOPE_MISSING']);
    const { body: audio } = await account.call('POST', '/v1/api-keys', { name: 'b', scopes: ['audio'] });
    const second = { Authorization: `Bearer ${audio.key}` };
    const { body: good } = await account.call('POST', '/v1/auth/ws-ticket', undefined, second);
    (await withTicket(good.ticket)).leave();
  });
});
