import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MediaRoom } from '../../src/engines/media/media.port.js';
import { type Caller, MediaBrowser, noChromium } from '../setup/media-browser.js';
import { type MediaStage, mediaStage, workerBinary } from '../setup/media-stage.js';
import { joined, listener, loudnessOf, pitchOf, tone, wav } from '../setup/sound.js';

const soon = { timeout: 20_000, interval: 50 };
const MICROPHONE_HERTZ = 440;

describe.skipIf(noChromium || !workerBinary)('a room with somebody whose sound travels in messages', () => {
  let browser: MediaBrowser;
  let stage: MediaStage;
  let room: MediaRoom;
  let caller: Caller;

  beforeAll(async () => {
    browser = await MediaBrowser.open(wav(tone(MICROPHONE_HERTZ, 10_000, 48_000), 48_000));
    stage = mediaStage();
  });
  afterEach(async () => {
    await caller?.page.close();
    await room?.close();
  });
  afterAll(async () => {
    await stage?.engine.close();
    await browser?.close();
  });

  it('lets them hear the others, without a hole', { timeout: 60_000 }, async () => {
    room = await stage.engine.open('mixed');
    const { frames } = listener(room.audio.heard);
    const others: Int16Array[] = [];
    await room.joinBySocket('bob', { inputRate: 16_000, send: () => true, sendOthers: (sound) => others.push(sound) });
    caller = await browser.caller();
    await caller.join(await room.join('ana'));
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(200), soon);
    // Half a second at most is on its way, or was let go to make up for a burst.
    expect(others.length).toBeGreaterThan(150);
    const sound = joined(others.slice(40, 120).map((samples) => ({ samples, sampleRate: 24_000 })));
    expect(pitchOf(sound, 24_000)).toBeCloseTo(MICROPHONE_HERTZ, -1);
    expect(loudnessOf(sound)).toBeGreaterThan(0.2);
    expect([...room.microphones.keys()].toSorted()).toEqual(['ana', 'bob']);
  });
});
