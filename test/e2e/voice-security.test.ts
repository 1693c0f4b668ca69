import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose';
import { io } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { type Account, newAccount } from '../setup/account.js';
import { workerBinary } from '../setup/media-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { connectedWith, refusalOf } from '../setup/socket.js';
import { VoiceClient } from '../setup/voice-client.js';
import { TestSocket } from '../setup/web-socket.js';

const SECRET = 'a secret that only this test and its server know';
const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '1000', JWT_SECRET: SECRET } });
const open: VoiceClient[] = [];
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function newClient(of = account): Promise<VoiceClient> {
  const client = await VoiceClient.connect(stage.url, of.token);
  open.push(client);
  return client;
}

async function inCall(transport: 'socket' | 'webrtc' = 'socket', of = account) {
  const client = await newClient(of);
  return { client, call: await client.get('call.start', { transport }) };
}

const ticketOf = async (of = account) => (await of.call('POST', '/v1/auth/ws-ticket')).body.ticket as string;
const withTicket = async (ticket: string) => {
  const client = new VoiceClient(await connectedWith(stage.url, '/voice', { ticket }));
  open.push(client);
  return client;
};
/** Rejects where it is refused. */
const connects = (ticket: string) =>
  new Promise<void>((resolve, reject) => {
    const socket = io(`${stage.url}/voice`, { auth: { ticket }, transports: ['websocket'], forceNew: true });
    open.push(new VoiceClient(socket));
    socket.once('connect', resolve).once('connect_error', reject);
  });
const refused = async (auth: Record<string, unknown>) => (await refusalOf(stage.url, '/voice', auth)).data?.code;

describe('the handshake of /voice', () => {
  it.each([
    ['without a credential', {}, 'AUTH_REQUIRED'],
    ['with a token that is none', { token: 'nonsense' }, 'AUTH_TOKEN_INVALID'],
    ['with a ticket that is none', { ticket: 'nonsense' }, 'AUTH_TOKEN_INVALID'],
    ['with something else for a ticket', { ticket: { $gt: '' } }, 'AUTH_REQUIRED'],
  ])('is refused %s', async (_, auth, code) => {
    expect(await refused(auth)).toBe(code);
  });

  it('is refused from a page of another origin', async () => {
    const refusal = await refusalOf(
      stage.url,
      '/voice',
      { token: account.token },
      { origin: 'https://evil.example.com' },
    );
    expect(refusal.message).toBe('websocket error');
  });

  it('is refused to an API key without the scope', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'text', scopes: ['chat:write'] });
    expect(await refused({ token: body.key })).toBe('AUTH_SCOPE_MISSING');
  });

  it('takes a ticket once', async () => {
    const ticket = await ticketOf();
    const client = await withTicket(ticket);
    await client.get('call.start', { transport: 'socket' });
    expect(await refused({ ticket })).toBe('AUTH_TOKEN_INVALID');
  });
});

describe('a ticket', () => {
  /** As the server would have made it, with other claims. */
  async function forged(claims: JWTPayload): Promise<string> {
    const ticket = await ticketOf();
    return new SignJWT({ ...decodeJwt(ticket), ...claims })
      .setProtectedHeader(decodeProtectedHeader(ticket) as { alg: string })
      .sign(new TextEncoder().encode(SECRET));
  }
  const now = () => Math.floor(Date.now() / 1000);

  it('that is made again with nothing changed is good', async () => {
    expect(await (await withTicket(await forged({}))).ask('call.start', { transport: 'socket' })).toMatchObject({
      ok: true,
    });
  });

  it.each<[string, () => JWTPayload, string]>([
    ['has expired', () => ({ exp: now() - 60 }), 'AUTH_TOKEN_EXPIRED'],
    ['is not good yet', () => ({ nbf: now() + 600 }), 'AUTH_TOKEN_INVALID'],
    ['is for somebody who is not there', () => ({ sub: newId(), jti: newId() }), 'AUTH_TOKEN_INVALID'],
    ['has another number of its own than a ticket has', () => ({ jti: '1' }), 'AUTH_TOKEN_INVALID'],
    ['is of a sign-in that has ended', () => ({ ver: 99, jti: newId() }), 'AUTH_TOKEN_REVOKED'],
  ])('that %s is refused', async (_, claims, code) => {
    expect(await refused({ ticket: await forged(claims()) })).toBe(code);
  });

  it('opens one connection of the two that come with it at the same time', async () => {
    const ticket = await ticketOf();
    const opened = await Promise.allSettled([0, 1].map(() => connects(ticket)));
    expect(opened.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('of a user does not open the calls of another', async () => {
    const { call } = await inCall();
    const thief = await withTicket(await ticketOf(await newAccount(stage.url)));
    const notFound = { error: { code: 'RESOURCE_NOT_FOUND' } };
    expect(await thief.ask('call.resume', { call_id: call.call_id })).toMatchObject(notFound);
    expect(await thief.ask('call.join', { call_id: call.call_id, transport: 'socket' })).toMatchObject(notFound);
  });
});

describe('a connection that came by a ticket', () => {
  it('comes back without another one when it is lost', async () => {
    const client = await withTicket(await ticketOf());
    const { call_id } = await client.get('call.start', { transport: 'socket' });
    const back = new Promise((resolve) => client.socket.once('connect', () => resolve(client.socket.recovered)));
    client.socket.io.engine.close();
    expect(await back).toBe(true);
    expect(await client.get('call.resume', { call_id })).toMatchObject({ call_id });
  });

  it('does not come back once the sign-in has ended', async () => {
    const client = await withTicket(await ticketOf());
    client.socket.io.reconnection(true);
    const refusal = new Promise<{ data?: { code: string } }>((resolve) => client.socket.once('connect_error', resolve));
    client.socket.io.engine.once('close', () => undefined);
    client.socket.disconnect();
    await account.call('POST', '/v1/auth/logout');
    client.socket.connect();
    expect((await refusal).data?.code).toMatch(/^AUTH_TOKEN_/);
  });
});

describe('a sign-in that ends', () => {
  it.each(['token', 'ticket'])('ends the call of a client that came by a %s at once, with the reason', async (kind) => {
    const client = kind === 'token' ? await newClient() : await withTicket(await ticketOf());
    await client.get('call.start', { transport: 'socket' });
    await account.call('POST', '/v1/auth/logout');
    await client.next('disconnect');
    expect(client.events.slice(-3)).toMatchObject([
      { name: 'call.ended', body: { reason: 'signed-out' } },
      { name: 'error', body: { code: 'AUTH_TOKEN_REVOKED' } },
      { name: 'disconnect', body: 'io server disconnect' },
    ]);
  });

  it('closes dictation at once too', async () => {
    const headers = { Authorization: `Bearer ${account.token}` };
    const socket = await TestSocket.open(stage.url, '/v1/audio/stt/stream', { headers });
    await account.call('POST', '/v1/auth/logout');
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  it('of an API key ends its calls', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'voice', scopes: ['realtime'] });
    const client = await VoiceClient.connect(stage.url, body.key);
    await client.get('call.start', { transport: 'socket' });
    await account.call('DELETE', `/v1/api-keys/${body.id}`);
    expect(await client.next('call.ended')).toEqual({ reason: 'signed-out' });
  });
});

describe('what belongs to somebody else', () => {
  it('is answered like what is not there', async () => {
    const { call } = await inCall();
    const other = await newAccount(stage.url);
    const client = await newClient(other);
    expect(await client.ask('call.resume', { call_id: call.call_id })).toMatchObject({
      error: { code: 'RESOURCE_NOT_FOUND' },
    });
    expect(await client.ask('call.start', { transport: 'socket', session_id: call.session_id })).toMatchObject({
      error: { code: 'RESOURCE_SESSION_NOT_FOUND' },
    });
  });

  it.skipIf(!workerBinary)('may not be connected, fed nor heard', async () => {
    const { call } = await inCall('webrtc');
    const { client } = await inCall('webrtc', await newAccount(stage.url));
    const transport_id = call.send_transport.id;
    const dtls_parameters = {
      role: 'client',
      fingerprints: [{ algorithm: 'sha-256', value: 'AB'.repeat(32).match(/../g)?.join(':') }],
    };
    for (const [event, body] of [
      ['transport.connect', { transport_id, dtls_parameters }],
      ['media.produce', { transport_id, rtp_parameters: {} }],
      ['ice.restart', { transport_id }],
    ] as const) {
      expect(await client.ask(event, body)).toMatchObject({ error: { code: 'RESOURCE_NOT_FOUND' } });
    }
  });
});
