import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MediasoupRoom } from '../../src/engines/media/room/mediasoup-room.js';
import { type Caller, MediaBrowser, noChromium } from '../setup/media-browser.js';
import { type MediaStage, mediaStage, workerBinary } from '../setup/media-stage.js';
import { noTurnServer, OwnTurn } from '../setup/own-turn.js';
import { joined, listener, loudnessOf, tone, wav } from '../setup/sound.js';

const soon = { timeout: 20_000, interval: 100 };
const SECRET = 'a secret that the server and coturn share';

describe.skipIf(noChromium || !workerBinary || noTurnServer)('a call through TURN', { timeout: 60_000 }, () => {
  let browser: MediaBrowser;
  let turn: OwnTurn;
  let stage: MediaStage;
  let caller: Caller;

  beforeAll(async () => {
    browser = await MediaBrowser.open(wav(tone(440, 10_000, 48_000), 48_000));
    turn = await OwnTurn.start(SECRET);
  });
  afterEach(async () => {
    await caller?.page.close();
    await stage?.engine.close();
  });
  afterAll(async () => {
    await turn?.stop();
    await browser?.close();
  });

  async function room(ttlSeconds: number, secret = SECRET): Promise<MediasoupRoom> {
    const urls = [`turn:127.0.0.1:${turn.port}?transport=udp`];
    stage = mediaStage({ turn: { urls, secret, ttl_seconds: ttlSeconds } });
    caller = await browser.caller();
    return (await stage.engine.open('turn')) as MediasoupRoom;
  }

  it('is heard both ways, with credentials that end', async () => {
    const call = await room(600);
    const { frames } = listener(call.audio.heard);
    await caller.join(await call.join('ana'), { relayOnly: true });
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(50), soon);
    expect(loudnessOf(joined(frames.slice(-20)))).toBeGreaterThan(0.2);
    expect(await caller.ask('candidateTypes')).toEqual(['relay', 'relay']);
    const { signal } = new AbortController();
    await call.audio.play('turn', tone(660, 200, 24_000), signal);
    await call.audio.finish('turn', signal);
    await vi.waitFor(async () => expect(await caller.ask('inbound')).toMatchObject({ packetsReceived: 10 }), soon);
    expect(turn.log).toMatch(/user <\d+:ana>.*ALLOCATE processed, success/);
  });

  it.each([
    ['have ended', -60, SECRET],
    ['were made with another secret', 600, 'another secret'],
  ])('does not come about with credentials that %s', async (_, ttlSeconds, secret) => {
    const from = turn.log.length;
    const call = await room(ttlSeconds, secret);
    const joining = Promise.allSettled([caller.join(await call.join('ana'), { relayOnly: true })]);
    await vi.waitFor(() => expect(turn.log.slice(from)).toMatch(/Cannot find credentials of user <\d+:ana>/), soon);
    expect(turn.log.slice(from)).not.toContain('ALLOCATE processed, success');
    await call.close();
    expect(await joining).toMatchObject([{ status: 'rejected' }]);
  });
});
