import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MediaEnd, MediaParameters, MediaPeer } from '../../src/engines/media/media.port.js';
import { type MediaStage, mediaStage, workerBinary } from '../setup/media-stage.js';
import { tone } from '../setup/sound.js';

const soon = { timeout: 15_000, interval: 20 };
const code = (name: string) => expect.objectContaining({ code: name });

const OPUS = {
  mimeType: 'audio/opus',
  clockRate: 48_000,
  channels: 2,
  parameters: {},
  rtcpFeedback: [],
};
const MICROPHONE = { codecs: [{ ...OPUS, payloadType: 111 }], encodings: [{ ssrc: 1_234 }], rtcp: { cname: 'c' } };
const EARS = { codecs: [{ ...OPUS, kind: 'audio', preferredPayloadType: 111 }], headerExtensions: [] };
const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
const DTLS = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: FINGERPRINT }] };

const idOf = (transport: MediaParameters) => String(transport['id']);

describe('a media engine without a worker', () => {
  it('says so, and opens no room', async () => {
    const { engine } = mediaStage({}, null);
    expect(engine.isAvailable).toBe(false);
    await engine.start();
    await expect(engine.open('room')).rejects.toEqual(code('ENGINE_UNAVAILABLE'));
    expect(await engine.health()).toMatchObject({ status: 'down', reason: expect.stringContaining('docs/voice.md') });
    await engine.close();
  });
});

describe.skipIf(!workerBinary)('a media engine', () => {
  let stage: MediaStage;
  afterEach(() => stage?.engine.close());

  const opened = (...args: Parameters<typeof mediaStage>) => (stage = mediaStage(...args));

  /** All that a client does but the handshake. */
  async function callFully(peer: MediaPeer, ssrc = 1_234): Promise<void> {
    await peer.connect(idOf(peer.offer.recvTransport), DTLS);
    await peer.produce(idOf(peer.offer.sendTransport), { ...MICROPHONE, encodings: [{ ssrc }] });
    await peer.consume(EARS);
  }

  it('starts its workers with the first call, and spreads calls over them', async () => {
    const { engine, shown } = opened({ num_workers: 2 });
    expect(await shown('open', { what: 'workers' })).toBe(0);
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => engine.open(id)));
    expect(await shown('open', { what: 'workers' })).toBe(2);
    expect(engine.workers.map(({ rooms }) => rooms)).toEqual([2, 2]);
    expect(await engine.health()).toEqual({ status: 'up' });
  });

  it('starts them at once on ports of the operator’s, and fails the start where those are taken', async () => {
    const taken = createServer().listen(0, '0.0.0.0');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { engine } = opened({ port, announced_address: '203.0.113.5' });
    await expect(engine.start()).rejects.toEqual(code('ENGINE_UNAVAILABLE'));
    await new Promise((resolve) => taken.close(resolve));
    await engine.start();
    const room = await engine.open('room');
    const { sendTransport } = (await room.join('ana')).offer;
    const candidates = sendTransport['iceCandidates'] as { address: string; port: number; protocol: string }[];
    expect(candidates.map(({ address, port: told, protocol }) => [address, told, protocol])).toEqual([
      ['203.0.113.5', port, 'udp'],
      ['203.0.113.5', port, 'tcp'],
    ]);
  });

  it('gives each person credentials for TURN', async () => {
    const { engine } = opened({
      turn: { urls: ['turn:turn.example.org'], secret: 'a shared secret', ttl_seconds: 600 },
    });
    const room = await engine.open('room');
    const { iceServers } = (await room.join('ana')).offer;
    expect(iceServers).toEqual([
      { urls: ['turn:turn.example.org'], username: expect.stringMatching(/^\d+:ana$/), credential: expect.any(String) },
    ]);
  });

  it('holds nothing more when 500 calls have been opened and closed', async () => {
    const { engine, shown } = opened();
    await (await engine.open('first')).close();
    const [worker] = engine.workers;
    const before = await worker?.dump();
    for (let batch = 0; batch < 25; batch++) {
      const rooms = await Promise.all(Array.from({ length: 20 }, (_, index) => engine.open(`${batch}-${index}`)));
      await Promise.all(rooms.map(async (room) => callFully(await room.join('ana'))));
      await Promise.all(rooms.map((room) => room.close()));
    }
    expect(await worker?.dump()).toEqual(before);
    expect(worker?.rooms).toBe(0);
    expect(await Promise.all(['rooms', 'peers'].map((what) => shown('open', { what })))).toEqual([0, 0]);
  }, 60_000);

  it('closes a room top-down and once; what comes afterwards is told that it has ended', async () => {
    const { engine } = opened();
    const room = await engine.open('room');
    const ends: MediaEnd[] = [];
    room.onEnd((end) => ends.push(end));
    const peer = await room.join('ana');
    await callFully(peer);
    const transport = idOf(peer.offer.sendTransport);
    await Promise.all([room.close(), room.close(), peer.close()]);
    room.onEnd((end) => ends.push(end));
    expect(ends).toEqual(['closed', 'closed']);
    await expect(room.join('bob')).rejects.toEqual(code('RESOURCE_NOT_FOUND'));
    await expect(peer.produce(transport, MICROPHONE)).rejects.toEqual(code('RESOURCE_NOT_FOUND'));
    await expect(peer.restartIce(transport)).rejects.toEqual(code('RESOURCE_NOT_FOUND'));
    await expect(peer.resumeConsumers()).rejects.toEqual(code('RESOURCE_NOT_FOUND'));
    expect(await peer.stats()).toMatchObject({ packetsReceived: 0 });
  });

  it('lets one person go and come again while the others stay', async () => {
    const { engine, shown } = opened();
    const room = await engine.open('room');
    const ana = await room.join('ana');
    await callFully(ana);
    await callFully(await room.join('bob'), 5_678);
    const again = await room.join('ana');
    await expect(ana.restartIce(idOf(ana.offer.sendTransport))).rejects.toEqual(code('RESOURCE_NOT_FOUND'));
    await callFully(again);
    await ana.close();
    expect(await shown('open', { what: 'peers' })).toBe(2);
    await again.close();
    expect(await shown('open', { what: 'peers' })).toBe(1);
  });

  it('gives up a room that nobody has connected to', async () => {
    const { engine } = opened({ connection_grace_ms: 50 });
    const room = await engine.open('room');
    const end = await new Promise<MediaEnd>((resolve) => room.onEnd(resolve));
    expect(end).toBe('connection-lost');
  });

  describe('whose worker is killed', () => {
    it('ends its calls and only those, and replaces it', async () => {
      const { engine, shown } = opened({ num_workers: 2 });
      const rooms = await Promise.all([engine.open('a'), engine.open('b')]);
      const ends: string[] = [];
      for (const room of rooms) room.onEnd((end) => ends.push(`${room.roomId} ${end}`));
      const peer = await rooms[0]?.join('ana');
      const spoken = rooms[0]?.audio.play('turn', tone(660, 5_000, 24_000), new AbortController().signal);
      const [first] = engine.workers;
      process.kill(first?.pid ?? 0, 'SIGKILL');
      await vi.waitFor(() => expect(ends).toEqual(['a worker-died']), soon);
      await spoken;
      await expect(peer?.produce('x', MICROPHONE)).rejects.toEqual(code('RESOURCE_NOT_FOUND'));
      expect(await shown('deaths')).toBe(1);
      await vi.waitFor(() => expect(engine.workers.length).toBe(2), soon);
      expect(await engine.health()).toEqual({ status: 'up' });
      expect(engine.workers.some(({ pid }) => pid === first?.pid)).toBe(false);
      await engine.open('c');
      expect(await shown('open', { what: 'rooms' })).toBe(2);
    });
  });

  it('tells what its workers use', async () => {
    const { engine, shown } = opened();
    await engine.open('room');
    await engine.workers[0]?.measure();
    expect(await shown('cpu')).toBeGreaterThan(0);
  });
});
