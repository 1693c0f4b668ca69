import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { workerBinary } from '../setup/media-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { VoiceClient } from '../setup/voice-client.js';

const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '1000' } });
const open: VoiceClient[] = [];
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function newClient(): Promise<VoiceClient> {
  const client = await VoiceClient.connect(stage.url, account.token);
  open.push(client);
  return client;
}

async function inCall(transport: 'socket' | 'webrtc' = 'socket') {
  const client = await newClient();
  return { client, call: await client.get('call.start', { transport }) };
}

const deep = JSON.parse(`${'{"a":'.repeat(90)}1${'}'.repeat(90)}`) as object;

describe('a message that is none', () => {
  it.each<[string, string, unknown[], string]>([
    ['a call over nothing', 'call.start', [{}], 'VALIDATION_FAILED'],
    ['a call over pigeons', 'call.start', [{ transport: 'pigeon' }], 'VALIDATION_FAILED'],
    ['a second call', 'call.start', [{ transport: 'socket' }], 'RESOURCE_CONFLICT'],
    ['a call that is a list', 'call.start', [[1, 2]], 'VALIDATION_FAILED'],
    ['two bodies', 'call.start', [{ transport: 'socket' }, {}], 'VALIDATION_FAILED'],
    ['a resumption of nothing', 'call.resume', [], 'VALIDATION_FAILED'],
    ['a resumption of a number', 'call.resume', [{ call_id: 7 }], 'VALIDATION_FAILED'],
    ['settings of the wrong kind', 'call.update', [{ turn_detection: 'none' }], 'VALIDATION_FAILED'],
    ['settings out of range', 'call.update', [{ turn_detection: { threshold: 7 } }], 'VALIDATION_FAILED'],
    ['settings that are sound', 'call.update', [{ turn_detection: Buffer.alloc(9) }], 'VALIDATION_FAILED'],
    ['a speed that is none', 'call.update', [{ speed: 1e9 }], 'VALIDATION_FAILED'],
    [
      'transports where there are none',
      'transport.connect',
      [{ transport_id: 'x', dtls_parameters: {} }],
      'RESOURCE_NOT_FOUND',
    ],
    ['a connection without keys', 'transport.connect', [{ transport_id: 'x' }], 'VALIDATION_FAILED'],
    [
      'a microphone without parameters',
      'media.produce',
      [{ transport_id: 'x', rtp_parameters: 'y' }],
      'VALIDATION_FAILED',
    ],
    ['hearing without capabilities', 'media.consume', [], 'VALIDATION_FAILED'],
    ['hearing where there is nothing', 'media.resume', [], 'RESOURCE_NOT_FOUND'],
    ['a restart of nothing', 'ice.restart', [{}], 'VALIDATION_FAILED'],
    ['sound that is text', 'audio.append', ['AAAA'], 'VALIDATION_FAILED'],
    ['sound that is an object', 'audio.append', [{ audio: Buffer.alloc(4) }], 'VALIDATION_FAILED'],
    ['no sound', 'audio.append', [], 'VALIDATION_FAILED'],
    ['half a sample', 'audio.append', [Buffer.alloc(641)], 'VALIDATION_FAILED'],
    ['an empty text', 'text.send', [{ text: '' }], 'VALIDATION_FAILED'],
    ['a text that is sound', 'text.send', [{ text: Buffer.alloc(9) }], 'VALIDATION_FAILED'],
    ['a text that is too long', 'text.send', [{ text: 'a'.repeat(40_000) }], 'VALIDATION_FAILED'],
    ['instructions that are none', 'response.create', [{ instructions: {} }], 'VALIDATION_FAILED'],
    ['a turn that is none', 'response.cancel', [{ turn_id: [] }], 'VALIDATION_FAILED'],
    ['an event that is none', 'call.dance', [{}], 'VALIDATION_FAILED'],
    ['a text for a body', 'text.send', ['hello'], 'VALIDATION_FAILED'],
    ['a body with no bottom', 'text.send', [{ text: { deep, deeper: deep } }], 'VALIDATION_FAILED'],
  ])('is refused, and the call goes on: %s', async (_, event, body, code) => {
    const { client } = await inCall();
    expect(await client.ask(event, ...body)).toMatchObject({ ok: false, error: { code } });
    expect(await client.ask('call.update', { respond: false })).toEqual({ ok: true });
  });

  it.skipIf(!workerBinary).each<[string, (call: Record<string, { id: string }>) => [string, object]]>([
    ['keys', (call) => ['transport.connect', { transport_id: call['send_transport']?.id, dtls_parameters: deep }]],
    [
      'parameters',
      (call) => ['media.produce', { transport_id: call['send_transport']?.id, rtp_parameters: { codecs: 7 } }],
    ],
    ['capabilities', () => ['media.consume', { rtp_capabilities: { codecs: Buffer.alloc(64) } }]],
    ['size', () => ['media.consume', { rtp_capabilities: { codecs: 'a'.repeat(50_000) } }]],
  ])('is refused by its %s over WebRTC, and the worker lives', async (_, messageOf) => {
    const { client, call } = await inCall('webrtc');
    expect(await client.ask(...messageOf(call))).toMatchObject({ error: { code: 'VALIDATION_FAILED' } });
    expect(await client.ask('audio.append', Buffer.alloc(640))).toMatchObject({ error: { code: 'RESOURCE_CONFLICT' } });
    expect(await client.ask('ice.restart', { transport_id: call.send_transport.id })).toMatchObject({ ok: true });
  });

  it('of text that Postgres cannot hold is answered all the same', async () => {
    const { client } = await inCall();
    await client.get('text.send', { text: 'a\0b\ud800' });
    expect(await client.next('response.done')).toMatchObject({ outcome: 'completed' });
  });

  it.each([
    'call.update',
    'call.end',
    'text.send',
    'audio.append',
    'audio.commit',
    'audio.clear',
    'response.create',
    'response.cancel',
  ])('is what comes before a call: %s', async (event) => {
    const client = await newClient();
    const body = event === 'audio.append' ? Buffer.alloc(640) : { text: 'x' };
    expect(await client.ask(event, body)).toMatchObject({ ok: false, error: { code: 'RESOURCE_NOT_FOUND' } });
  });
});

describe('a client that hangs up and is gone at once', () => {
  it.each([
    ['', []],
    [' after a word', [['text.send', { text: 'Good bye.', respond: false }]]],
  ] as const)('has no call any more%s', async (_, words) => {
    const calls = await Promise.all([inCall(), inCall(), inCall()]);
    for (const { client } of calls) {
      for (const [event, body] of words) client.socket.emit(event, body);
      client.socket.emit('call.end');
      client.socket.disconnect();
    }
    const client = await newClient();
    const next = () => client.ask('call.resume', { call_id: calls[0]?.call.call_id });
    await expect.poll(next).toMatchObject({ ok: false, error: { code: 'RESOURCE_NOT_FOUND' } });
    await Promise.all([inCall(), inCall(), inCall()]);
  });
});

describe('too much', () => {
  it('of messages is refused, and then the socket is closed', async () => {
    const { client } = await inCall();
    for (let at = 0; at < 400; at++) client.socket.emit('audio.append', client.silence);
    await client.next('disconnect');
    expect(new Set(client.of('error').map(({ code }) => code))).toEqual(new Set(['RATE_LIMIT_EXCEEDED']));
  });

  it('of sound is refused, and the call goes on', async () => {
    const { client } = await inCall();
    const minute = Buffer.alloc(200_000);
    const codes: (string | undefined)[] = [];
    for (let at = 0; at < 45; at++) codes.push((await client.ask('audio.append', minute)).error?.code);
    expect(codes).toContain('RATE_LIMIT_EXCEEDED');
    expect(await client.ask('call.update', {})).toEqual({ ok: true });
  });

  it('of text closes the socket', async () => {
    const { client } = await inCall();
    client.socket.emit('text.send', { text: 'a'.repeat(100_000) });
    expect(await client.next('error')).toMatchObject({ code: 'VALIDATION_BODY_TOO_LARGE' });
  });

  it('of calls is refused', async () => {
    await Promise.all([inCall(), inCall(), inCall()]);
    const client = await newClient();
    expect(await client.ask('call.start', { transport: 'socket' })).toMatchObject({
      error: { code: 'RATE_LIMIT_EXCEEDED' },
    });
  });
});
