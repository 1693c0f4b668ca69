import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MediaParameters } from '../../src/engines/media/media.port.js';
import type { MediasoupRoom } from '../../src/engines/media/room/mediasoup-room.js';
import { type Caller, MediaBrowser, noChromium } from '../setup/media-browser.js';
import { type MediaStage, mediaStage, workerBinary } from '../setup/media-stage.js';
import { joined, listener, loudnessOf, tone, wav } from '../setup/sound.js';

const soon = { timeout: 20_000, interval: 50 };
const PACKETS = 3000;
const MAGIC_COOKIE = 0x2112a442;

const filled = (length: number, change: (packet: Buffer) => void): Buffer => {
  const packet = randomBytes(length);
  change(packet);
  return packet;
};
const length = (most: number) => Math.floor(Math.random() * most);

/** What comes to an open port: noise, and what looks like one of the four protocols that share it. */
const STRANGERS: Record<string, (ufrag: string) => Buffer> = {
  noise: () => randomBytes(length(1500)),
  nothing: () => Buffer.alloc(0),
  'a giant': () => randomBytes(60_000),
  'STUN whose lengths are wrong': () =>
    filled(20 + length(200), (packet) => {
      packet.writeUInt16BE(0x0001, 0);
      packet.writeUInt16BE(length(65_536), 2);
      packet.writeUInt32BE(MAGIC_COOKIE, 4);
    }),
  'STUN without a password': (ufrag) => {
    const name = Buffer.from(`${ufrag}:somebody`);
    const padded = Math.ceil(name.length / 4) * 4;
    return filled(24 + padded, (packet) => {
      packet.writeUInt16BE(0x0001, 0);
      packet.writeUInt16BE(4 + padded, 2);
      packet.writeUInt32BE(MAGIC_COOKIE, 4);
      packet.writeUInt16BE(0x0006, 20);
      packet.writeUInt16BE(name.length, 22);
      name.copy(packet, 24);
    });
  },
  'a DTLS handshake in pieces': () =>
    filled(13 + length(200), (packet) => {
      packet[0] = 20 + length(6);
      packet.writeUInt16BE(0xfefd, 1);
      packet.writeUInt16BE(length(65_536), 11);
    }),
  'RTP whose header says more than there is': () =>
    filled(12 + length(100), (packet) => {
      packet[0] = 0x80 | length(64);
      packet[1] = 111;
    }),
  'RTCP that counts too far': () =>
    filled(8 + length(100), (packet) => {
      packet[0] = 0x80 | length(32);
      packet[1] = 200 + length(8);
      packet.writeUInt16BE(length(65_536), 2);
    }),
};

describe.skipIf(noChromium || !workerBinary)('the port of calls', { timeout: 60_000 }, () => {
  let browser: MediaBrowser;
  let stage: MediaStage;
  let room: MediasoupRoom;
  let caller: Caller;
  let frames: ReturnType<typeof listener>['frames'];
  let target: { udp: number; tcp: number; ufrag: string };
  let pid: number | undefined;

  beforeAll(async () => {
    browser = await MediaBrowser.open(wav(tone(440, 10_000, 48_000), 48_000));
    stage = mediaStage();
    room = (await stage.engine.open('fuzz')) as MediasoupRoom;
    const peer = await room.join('ana');
    ({ frames } = listener(room.audio.heard));
    caller = await browser.caller();
    await caller.join(peer);
    target = targetOf(peer.offer.sendTransport);
    pid = stage.engine.workers[0]?.pid;
  });
  afterAll(async () => {
    await caller?.page.close();
    await stage?.engine.close();
    await browser?.close();
  });

  function targetOf({ iceCandidates, iceParameters }: MediaParameters) {
    const candidates = iceCandidates as { protocol: string; address: string; port: number }[];
    const portOf = (wanted: string) =>
      candidates.find(({ protocol, address }) => protocol === wanted && address === '127.0.0.1')?.port ?? 0;
    return {
      udp: portOf('udp'),
      tcp: portOf('tcp'),
      ufrag: (iceParameters as { usernameFragment: string }).usernameFragment,
    };
  }

  it('is of a call that is heard', () => expectAlive());

  /** The call is heard as before, by the same worker. */
  async function expectAlive(): Promise<void> {
    const before = frames.length;
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(before + 50), soon);
    expect(loudnessOf(joined(frames.slice(-20)))).toBeGreaterThan(0.2);
    expect(await caller.ask('connectionStates')).toEqual(['connected', 'connected']);
    expect(stage.engine.workers.map((worker) => worker.pid)).toEqual([pid]);
    expect(await stage.shown('deaths')).toBe(0);
  }

  it.each(Object.keys(STRANGERS))('takes no harm from %s over UDP, while a call lives', async (kind) => {
    const socket = createSocket('udp4');
    const make = STRANGERS[kind] ?? (() => Buffer.alloc(0));
    for (let at = 0; at < PACKETS; at++) {
      const packet = make(target.ufrag);
      await new Promise((resolve) => socket.send(packet, target.udp, '127.0.0.1', resolve));
    }
    socket.close();
    await expectAlive();
  });

  it('takes no harm from noise, and from connections that say nothing, over TCP', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        const socket = connect(target.tcp, '127.0.0.1');
        await once(socket, 'connect');
        socket.on('error', () => undefined);
        if (at % 2 === 0) for (let piece = 0; piece < 20; piece++) socket.write(randomBytes(1 + length(3000)));
        return socket;
      }),
    );
    await expectAlive();
    for (const socket of sockets) socket.destroy();
    await expectAlive();
  });
});
