import { beforeEach, describe, expect, it } from 'vitest';
import { newSession } from '../factories/conversation.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { RealtimeClient } from '../setup/realtime-client.js';
import { secretFlaws, serverEventFlaws } from '../setup/realtime-schema.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { TestSocket } from '../setup/web-socket.js';

const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '30' } });
const PATH = '/v1/realtime';
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

const secretOf = async (body: object = {}): Promise<string> =>
  (await account.call('POST', '/v1/realtime/client_secrets', body)).body.value as string;
const open = (token: string, query = '') => RealtimeClient.open(stage.url, token, query);
const refusalOf = async (opening: Promise<unknown>) => {
  const error = (await opening.catch((thrown: unknown) => thrown)) as { status: number; body: { error: object } };
  return [error.status, (error.body.error as { code: string }).code];
};

describe('WS /v1/realtime', () => {
  it.each([
    ['an access token', async () => account.token],
    ['a secret', async () => secretOf()],
    [
      'an API key',
      async () => (await account.call('POST', '/v1/api-keys', { name: 'a', scopes: ['realtime'] })).body.key as string,
    ],
  ])('lets in whoever has %s, as a header or a subprotocol', async (_what, credential) => {
    (await open(await credential())).leave();
    const protocols = ['realtime', `openai-insecure-api-key.${await credential()}`, 'openai-agents-sdk.0.20.0'];
    const socket = await TestSocket.open(stage.url, `/api${PATH}?model=gpt-realtime`, { protocols });
    expect((await socket.next('session.created')).session.model).toBe('cozy/companion');
    expect(socket.protocol).toBe('realtime');
    socket.leave();
  });

  it('lets nobody in without the scope or with another server’s key', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'chat', scopes: ['chat:write', 'audio'] });
    expect(await refusalOf(open(body.key))).toEqual([403, 'AUTH_SCOPE_MISSING']);
    expect(await refusalOf(open('ek_nonsense'))).toEqual([401, 'AUTH_TOKEN_INVALID']);
    expect(await refusalOf(open('sk-proj-abc'))).toEqual([401, 'AUTH_TOKEN_INVALID']);
    expect(await refusalOf(TestSocket.open(stage.url, PATH))).toEqual([401, 'AUTH_REQUIRED']);
    const headers = { Authorization: `Bearer ${body.key}` };
    expectRefusal(await account.call('POST', '/v1/realtime/client_secrets', {}, headers), 403, 'AUTH_SCOPE_MISSING');
  });

  it('says what is wrong with an address, and closes', async () => {
    const failing = async (query: string) => {
      const headers = { Authorization: `Bearer ${account.token}` };
      const socket = await TestSocket.open(stage.url, `${PATH}${query}`, { headers });
      const event = await socket.next('error');
      expect(serverEventFlaws([event])).toEqual([]);
      return [event.error.code, (await socket.closed).code];
    };
    expect(await failing('?model=cozy/nobody')).toEqual(['RESOURCE_PERSONALITY_NOT_FOUND', 1008]);
    const other = await newAccount(stage.url);
    const foreign = await newSession(other);
    expect(await failing(`?session_id=${foreign}`)).toEqual(['RESOURCE_SESSION_NOT_FOUND', 1008]);
  });

  it('goes on with a session that was begun in writing', async () => {
    const sessionId = await newSession(account);
    const client = await open(account.token, `?session_id=${sessionId}`);
    expect(client.events[0].session.cozy.session_id).toBe(sessionId);
    client.leave();
  });

  it('ends with the sign-in', async () => {
    const client = await open(account.token);
    await account.call('POST', '/v1/auth/logout');
    expect((await client.next('error')).error.code).toBe('AUTH_TOKEN_REVOKED');
    expect((await client.socket.closed).code).toBe(4401);
  });

  it('gives nobody more than three calls at once, and the place back after each', async () => {
    const clients = [await open(account.token), await open(account.token), await open(account.token)];
    const headers = { Authorization: `Bearer ${account.token}` };
    const fourth = await TestSocket.open(stage.url, PATH, { headers });
    expect((await fourth.next('error')).error.code).toBe('RATE_LIMIT_EXCEEDED');
    await fourth.closed;
    clients[0]?.leave();
    await clients[0]?.socket.closed;
    await expect
      .poll(async () => {
        const socket = await TestSocket.open(stage.url, PATH, { headers });
        const isOpen = await socket.next('session.created').then(
          () => true,
          () => false,
        );
        socket.leave();
        return isOpen;
      })
      .toBe(true);
    for (const client of clients) client.leave();
  });

  it('ends where an event is longer than any sound', async () => {
    const client = await open(account.token);
    client.socket.sendText(' '.repeat(4_194_305));
    expect((await client.socket.closed).code).toBe(1009);
  });
});

describe('a client secret', () => {
  it('has OpenAI’s shape and what was asked for', async () => {
    const session = {
      type: 'realtime',
      model: 'gpt-realtime',
      instructions: 'Be brief.',
      tools: [{ type: 'function', name: 'look', parameters: { type: 'object' } }],
      audio: { output: { voice: 'marin' } },
    };
    const expires_after = { anchor: 'created_at', seconds: 30 };
    const { status, body } = await account.call('POST', '/v1/realtime/client_secrets', { session, expires_after });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      value: expect.stringMatching(/^ek_/),
      session: { object: 'realtime.session', type: 'realtime', instructions: 'Be brief.', model: 'cozy/companion' },
    });
    expect(secretFlaws(body)).toEqual([]);
    const left = body.expires_at - Date.now() / 1000;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(30);
    const client = await open(body.value);
    expect(client.events[0].session).toMatchObject({
      instructions: 'Be brief.',
      tools: [{ name: 'look' }],
      audio: { output: { voice: 'marin' } },
    });
    client.leave();
  });

  it('opens one call, even where two try at once', async () => {
    const secret = await secretOf();
    const both = await Promise.allSettled([open(secret), open(secret)]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await refusalOf(open(secret))).toEqual([401, 'AUTH_TOKEN_INVALID']);
    for (const one of both) if (one.status === 'fulfilled') one.value.leave();
  });

  it('binds its call to a personality and a session, whatever the address says', async () => {
    const sessionId = await newSession(account);
    const secret = await secretOf({ session_id: sessionId, session: { model: 'cozy/companion' } });
    const client = await open(secret, '?model=cozy/nobody&session_id=00000000-0000-7000-8000-000000000000');
    expect(client.events[0].session.cozy.session_id).toBe(sessionId);
    client.leave();
  });

  it('is worth nothing once the sign-in behind it has ended, and opens nothing else', async () => {
    const secret = await secretOf();
    const headers = { Authorization: `Bearer ${secret}` };
    expectRefusal(await call(stage.url, 'GET', '/v1/users/me', { headers }), 401, 'AUTH_TOKEN_INVALID');
    expect(await refusalOf(TestSocket.open(stage.url, '/v1/audio/stt/stream', { headers }))).toEqual([
      401,
      'AUTH_TOKEN_INVALID',
    ]);
    await account.call('POST', '/v1/auth/logout');
    expect(await refusalOf(open(secret))).toEqual([401, 'AUTH_TOKEN_REVOKED']);
  });

  it('is given for nothing that cannot be', async () => {
    const ask = (body: object) => account.call('POST', '/v1/realtime/client_secrets', body);
    const other = await newAccount(stage.url);
    expectRefusal(await ask({ session: { type: 'transcription' } }), 400, 'VALIDATION_FAILED');
    expectRefusal(await ask({ session: { audio: { output: { speed: 9 } } } }), 400, 'VALIDATION_FAILED');
    expectRefusal(await ask({ personality_id: 'nobody' }), 404, 'RESOURCE_PERSONALITY_NOT_FOUND');
    expectRefusal(await ask({ session_id: await newSession(other) }), 404, 'RESOURCE_SESSION_NOT_FOUND');
    expectRefusal(await call(stage.url, 'POST', '/v1/realtime/client_secrets', { body: {} }), 401, 'AUTH_REQUIRED');
  });
});

describe('what the CozyChat web app asks', () => {
  it('names this server, and never a provider’s key', async () => {
    const { body } = await account.call('GET', '/v1/config/openai-config');
    expect(body).toEqual({ base_url: `${stage.url}/v1` });
  });

  it('is a token for one call', async () => {
    const { status, body } = await account.call('POST', '/v1/config/realtime-token', {});
    expect([status, body.url, body.model]).toEqual([200, `${stage.url}/v1/realtime/calls`, 'cozy/companion']);
    expect(body.token).toMatch(/^ek_/);
    (await open(body.token)).leave();
    expect(await refusalOf(open(body.token))).toEqual([401, 'AUTH_TOKEN_INVALID']);
  });

  it('is how calls are to be made', async () => {
    const { body } = await account.call('GET', '/v1/config/realtime-config');
    expect(body).toMatchObject({
      voice: expect.any(String),
      model: 'cozy/companion',
      temperature: expect.any(Number),
      max_response_output_tokens: expect.any(Number),
      input_audio_transcription: { model: expect.any(String) },
      transport: { type: 'webrtc' },
      websocket: { audio_buffer: { min_size: expect.any(Number), max_size: expect.any(Number) } },
    });
  });
});
