import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { FrameClock } from '../../src/engines/media/audio/frame-clock.js';
import type { SpokenFrame } from '../../src/engines/media/call-audio.port.js';
import { PacedSocketAudioFactory } from '../../src/engines/media/paced-socket-audio.engine.js';
import { MediaBrowser, noChromium } from '../setup/media-browser.js';
import { type MediaStage, mediaStage, workerBinary } from '../setup/media-stage.js';
import { joined, listener, pitchOf, tone, wav } from '../setup/sound.js';
import { callAudioContract } from './call-audio.contract.js';

const sockets = new PacedSocketAudioFactory({ clock: new FrameClock(), logger: new Logger('silent') });
const ANN = { personId: 'ann', sendOthers: () => undefined };
const bytesOf = ({ buffer, byteOffset, byteLength }: Int16Array) => new Uint8Array(buffer, byteOffset, byteLength);

describe('a call over a socket', () => {
  callAudioContract(async () => {
    const sent: SpokenFrame[] = [];
    const { audio, append } = bound(sockets.open({ ...ANN, inputRate: 16_000, send: (frame) => sent.push(frame) > 0 }));
    return {
      audio,
      speak: async () => append(bytesOf(tone(440, 1_000, 16_000))),
      received: async () => sent.length,
      close: () => audio.close(),
    };
  });

  const open = (inputRate = 16_000) => sockets.open({ ...ANN, inputRate, send: () => true });

  it.each([8_000, 24_000, 44_100, 48_000])('hears what is sent at %i Hz as what it was', async (rate) => {
    const socket = open(rate);
    const { frames, ended } = listener(socket.audio.heard);
    socket.append(bytesOf(tone(440, 1_000, rate)));
    await socket.audio.close();
    await ended;
    expect(pitchOf(joined(frames.slice(5)), 16_000)).toBeCloseTo(440, -1);
  });

  it('takes pieces that begin at an odd place in memory', async () => {
    const socket = open();
    const { frames, ended } = listener(socket.audio.heard);
    const odd = new Uint8Array(641);
    odd.set(bytesOf(tone(440, 20, 16_000)), 1);
    socket.append(odd.subarray(1));
    odd.fill(0);
    await socket.audio.close();
    await ended;
    expect(frames.map(({ samples }) => [...samples])).toEqual([[...tone(440, 20, 16_000)]]);
  });

  it('refuses half a sample, and a rate that nobody uses', async () => {
    const socket = open();
    expect(() => socket.append(new Uint8Array(3))).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
    expect(() => open(12_345)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
    await socket.audio.close();
  });

  it('forgets what was given and not taken, when it is told to', async () => {
    const socket = open();
    socket.append(new Uint8Array(10_000));
    socket.clear();
    const { frames, ended } = listener(socket.audio.heard);
    socket.append(bytesOf(tone(440, 40, 16_000)));
    await socket.audio.close();
    await ended;
    expect([...joined(frames)]).toEqual([...tone(440, 40, 16_000)]);
  });

  it('loses a frame, and no more, where the socket breaks', async () => {
    let sent = 0;
    const send = () => {
      if (++sent === 2) throw new Error('broken pipe');
      return true;
    };
    const socket = sockets.open({ ...ANN, inputRate: 16_000, send });
    const never = new AbortController().signal;
    await socket.audio.play('turn', tone(660, 100, 24_000), never);
    await socket.audio.finish('turn', never);
    expect([sent, socket.audio.playedMs('turn')]).toEqual([5, 80]);
    await socket.audio.close();
  });

  it('does not count as heard what the socket had no room for', async () => {
    const socket = sockets.open({ ...ANN, inputRate: 16_000, send: () => false });
    const never = new AbortController().signal;
    await socket.audio.play('turn', tone(660, 100, 24_000), never);
    await socket.audio.finish('turn', never);
    expect(socket.audio.playedMs('turn')).toBe(0);
    await socket.audio.close();
  });
});

function bound(socket: ReturnType<PacedSocketAudioFactory['open']>) {
  return { audio: socket.audio, append: (bytes: Uint8Array) => socket.append(bytes) };
}

describe.skipIf(noChromium || !workerBinary)('a call over WebRTC', { timeout: 60_000 }, () => {
  let browser: MediaBrowser;
  let stage: MediaStage;
  beforeAll(async () => {
    browser = await MediaBrowser.open(wav(tone(440, 10_000, 48_000), 48_000));
    stage = mediaStage();
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.engine.close();
  });

  callAudioContract(async () => {
    const room = await stage.engine.open('contract');
    const caller = await browser.caller();
    await caller.join(await room.join('ana'), { useMicrophone: false });
    return {
      audio: room.audio,
      speak: () => caller.ask('speak'),
      received: async () => (await caller.ask<{ packetsReceived: number }>('inbound')).packetsReceived,
      close: async () => {
        await room.close();
        await caller.page.close();
      },
    };
  });
});
