import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MediaRoom } from '../../src/engines/media/media.port.js';
import { type Caller, MediaBrowser, noChromium } from '../setup/media-browser.js';
import { type MediaStage, mediaStage, workerBinary } from '../setup/media-stage.js';
import { joined, listener, loudnessOf, pitchOf, purityOf, tone, wav } from '../setup/sound.js';

const MICROPHONE_HERTZ = 440;
const VOICE_HERTZ = 660;
const signal = new AbortController().signal;
const soon = { timeout: 15_000, interval: 100 };

describe.skipIf(noChromium || !workerBinary)('a call from a browser', { timeout: 60_000 }, () => {
  let browser: MediaBrowser;
  let stage: MediaStage;
  let room: MediaRoom;
  const callers: Caller[] = [];

  beforeAll(async () => {
    browser = await MediaBrowser.open(wav(tone(MICROPHONE_HERTZ, 10_000, 48_000), 48_000));
    stage = mediaStage();
  });
  afterEach(async () => {
    await room?.close();
    await Promise.all(callers.splice(0).map(({ page }) => page.close()));
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.engine.close();
  });

  const newCaller = async () => {
    const caller = await browser.caller();
    callers.push(caller);
    return caller;
  };

  it('is heard: the microphone’s tone arrives, unbroken', async () => {
    room = await stage.engine.open('heard');
    const caller = await newCaller();
    const { frames } = listener(room.audio.heard);
    await caller.join(await room.join('ana'));
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(150), soon);

    const second = joined(frames.slice(100, 150));
    expect(second.length).toBe(16_000);
    expect(loudnessOf(second)).toBeGreaterThan(0.2);
    expect(pitchOf(second, 16_000)).toBeCloseTo(MICROPHONE_HERTZ, -1);
    expect(purityOf(second, MICROPHONE_HERTZ, 16_000)).toBeGreaterThan(0.9);
    expect(frames.every(({ speakerId, sampleRate }) => speakerId === 'ana' && sampleRate === 16_000)).toBe(true);
  });

  it('hears the companion: its tone comes out of the browser', async () => {
    room = await stage.engine.open('spoken');
    const caller = await newCaller();
    await caller.join(await room.join('ana'), { useMicrophone: false });
    const spoken = room.audio.play('turn', tone(VOICE_HERTZ, 8_000, 24_000), signal);
    await vi.waitFor(async () => {
      const { hertz, decibels } = await caller.ask<{ hertz: number; decibels: number }>('tone');
      expect(Math.abs(hertz - VOICE_HERTZ)).toBeLessThan(10);
      expect(decibels).toBeGreaterThan(-40);
    }, soon);
    expect(await caller.ask('inbound')).toMatchObject({ packetsLost: 0 });
    room.audio.flush('turn');
    await spoken;
  });

  it('says who speaks, and when nobody does', async () => {
    room = await stage.engine.open('speakers');
    const speakers: (string | null)[] = [];
    room.onActiveSpeaker((peerId) => speakers.push(peerId));
    const [ana, bob] = [await newCaller(), await newCaller()];
    await bob.join(await room.join('bob'), { useMicrophone: false });
    await ana.join(await room.join('ana'));
    await vi.waitFor(() => expect(speakers.at(-1)).toBe('ana'), soon);
    await ana.ask('mute');
    await vi.waitFor(() => expect(speakers.at(-1)).toBeNull(), soon);
    expect(speakers).not.toContain('bob');
  });

  it('of two people at once is heard one at a time, and both hear the companion', async () => {
    room = await stage.engine.open('two');
    const both = [await newCaller(), await newCaller()];
    const { frames } = listener(room.audio.heard);
    await Promise.all(both.map(async (caller, index) => caller.join(await room.join(`person-${index}`))));
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(100), soon);
    const latest = frames.slice(-50);
    expect(new Set(latest.map(({ speakerId }) => speakerId)).size).toBe(1);
    expect(purityOf(joined(latest), MICROPHONE_HERTZ, 16_000)).toBeGreaterThan(0.9);

    await room.audio.play('turn', tone(VOICE_HERTZ, 200, 24_000), signal);
    await room.audio.finish('turn', signal);
    await vi.waitFor(async () => {
      const received = await Promise.all(both.map((caller) => caller.ask<{ packetsReceived: number }>('inbound')));
      expect(received.map(({ packetsReceived }) => packetsReceived)).toEqual([10, 10]);
    }, soon);
  });
});
