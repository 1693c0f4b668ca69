import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MediaEnd, MediaOffer, MediaParameters } from '../../src/engines/media/media.port.js';
import type { MediasoupRoom } from '../../src/engines/media/room/mediasoup-room.js';
import { type Caller, MediaBrowser, noChromium } from '../setup/media-browser.js';
import { type MediaStage, mediaStage, workerBinary } from '../setup/media-stage.js';
import { joined, listener, loudnessOf, pitchOf, tone, wav } from '../setup/sound.js';
import { UdpRelay, type Weather } from '../setup/udp-relay.js';

const soon = { timeout: 20_000, interval: 100 };

interface Candidate {
  protocol: string;
  address: string;
  port: number;
}

const candidatesOf = ({ iceCandidates }: MediaParameters) => iceCandidates as Candidate[];

describe.skipIf(noChromium || !workerBinary)('a call through a bad network', { timeout: 60_000 }, () => {
  let browser: MediaBrowser;
  let stage: MediaStage;
  let room: MediasoupRoom;
  let relay: UdpRelay;
  let caller: Caller;

  beforeAll(async () => {
    browser = await MediaBrowser.open(wav(tone(440, 10_000, 48_000), 48_000));
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await caller?.page.close();
    await stage?.engine.close();
    relay?.close();
  });

  /** A call whose packets go through a relay; both transports of a client reach the same port. */
  async function call(weather: Weather) {
    stage = mediaStage();
    room = (await stage.engine.open('network')) as MediasoupRoom;
    const peer = await room.join('ana');
    const { offer } = peer;
    const local = candidatesOf(offer.sendTransport).find(
      ({ protocol, address }) => protocol === 'udp' && address === '127.0.0.1',
    );
    if (!local) throw new Error('There is no candidate for this machine.');
    relay = await UdpRelay.open(local, weather);
    const detour = (transport: MediaParameters) => ({
      ...transport,
      iceCandidates: [{ ...local, ip: '127.0.0.1', port: relay.port }],
    });
    const through: MediaOffer = {
      ...offer,
      sendTransport: detour(offer.sendTransport),
      recvTransport: detour(offer.recvTransport),
    };
    caller = await browser.caller();
    const { frames } = listener(room.audio.heard);
    await caller.join(peer, { offer: through });
    return { peer, frames };
  }

  it('is heard without a hole, though a tenth is lost and the rest comes late and out of order', async () => {
    const { frames, peer } = await call({ loss: 0.1, reordered: 0.05, jitterMs: 30 });
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(300), soon);
    expect(relay.counts.lost).toBeGreaterThan(10);
    expect(relay.counts.reordered).toBeGreaterThan(5);

    const settled = frames.slice(100, 300);
    const quietest = Math.min(...settled.map(({ samples }) => loudnessOf(samples)));
    expect(quietest).toBeGreaterThan(0.02);
    expect(pitchOf(joined(settled), 16_000)).toBeCloseTo(440, -1.5);
    // What was lost was asked for again, and most of it came.
    expect(await peer.stats()).toMatchObject({ packetsReceived: expect.any(Number), jitterMs: expect.any(Number) });
    room.measure();
    expect(await stage.shown('packets', { outcome: 'received' })).toBeGreaterThan(250);
    expect(await stage.shown('packets', { outcome: 'lost' })).toBeLessThan(relay.counts.lost);
  });

  it('goes on after ICE has been restarted', async () => {
    const { frames } = await call({});
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(20), soon);
    await caller.ask('restartIce');
    const before = frames.length;
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(before + 50), soon);
    expect(await caller.ask('connectionStates')).toEqual(['connected', 'connected']);
    expect(loudnessOf(joined(frames.slice(-10)))).toBeGreaterThan(0.2);
  });

  it('ends when nobody has been connected for the grace', async () => {
    await call({});
    stage.settings.connection_grace_ms = 100;
    const ends: MediaEnd[] = [];
    room.onEnd((end) => ends.push(end));
    await caller.page.close();
    await vi.waitFor(() => expect(ends).toEqual(['connection-lost']), { timeout: 45_000, interval: 100 });
    expect(await stage.shown('open', { what: 'rooms' })).toBe(0);
  });
});
