import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Caller, MediaBrowser, noChromium } from '../setup/media-browser.js';
import { workerBinary } from '../setup/media-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { joined, loudnessOf, pitchOf, tone, wav } from '../setup/sound.js';
import { type Ack, signallingOf, type VoiceClient } from '../setup/voice-client.js';
import { codeOf, RoomStage, type Transport } from '../setup/voice-room.js';

const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '1000' } });
const room = new RoomStage(stage);
const soon = { timeout: 15_000, interval: 50 };
const samplesOf = (bodies: { audio: Buffer }[]) =>
  joined(
    bodies.map(({ audio }) => ({
      samples: new Int16Array(Uint8Array.from(audio).buffer),
      sampleRate: 24_000,
    })),
  );

describe('people whose sound travels in messages', { timeout: 60_000 }, () => {
  it('hear each other and not themselves, and are told who speaks', async () => {
    const { owner, call } = await room.begin('socket', { respond: false });
    const { client, place } = await room.invited(owner, call);
    owner.talk();
    client.talk();
    client.say(tone(440, 1500, 16_000));
    expect(await owner.next('speaker.active', 0, (body) => body.participant_id === place.participant_id)).toBeDefined();
    await vi.waitFor(() => expect(owner.of('participants.audio').length).toBeGreaterThan(50), soon);
    const heard = samplesOf(owner.of('participants.audio').slice(10, 40));
    expect(pitchOf(heard, 24_000)).toBeCloseTo(440, -1.3);
    expect(loudnessOf(heard)).toBeGreaterThan(0.2);
    await owner.next('speaker.active', 0, (body) => body.participant_id === null);
    expect(client.of('participants.audio')).toEqual([]);
  });

  it('each commit what they have said themselves', async () => {
    const { owner, call } = await room.begin('socket', { respond: false, turn_detection: { type: 'none' } });
    const { client, place } = await room.invited(owner, call);
    await client.get('audio.append', Buffer.from(tone(440, 1000, 16_000).buffer));
    await client.get('audio.commit');
    expect(await owner.next('transcript.final')).toMatchObject({ speaker_id: place.participant_id });
    expect(await codeOf(client.ask('audio.append', Buffer.alloc(3)))).toBe('VALIDATION_FAILED');
  });

  it('cannot be joined over WebRTC', async () => {
    const { owner, call } = await room.begin();
    const { invitation } = await owner.get('call.invite');
    const client = await room.client(room.bob);
    const join = (transport: Transport) => client.ask('call.join', { call_id: call.call_id, invitation, transport });
    expect(await codeOf(join('webrtc'))).toBe('ENGINE_UNAVAILABLE');
    expect(await join('socket')).toMatchObject({ ok: true });
  });
});

describe.skipIf(noChromium || !workerBinary)('people in browsers', { timeout: 90_000 }, () => {
  let browser: MediaBrowser;
  const signal = wav(tone(440, 4000, 16_000), 16_000).toString('base64');

  beforeAll(async () => {
    browser = await MediaBrowser.open(wav(tone(440, 1000, 48_000), 48_000));
  });
  afterAll(() => browser?.close());

  async function callerFor(client: VoiceClient, place: Ack): Promise<Caller> {
    const caller = await browser.caller();
    room.open.push(caller.page);
    await caller.join(signallingOf(client, place), { useMicrophone: false });
    await caller.ask('useVoice');
    return caller;
  }

  /** The tone of 440 Hz that somebody else says, and not the companion. */
  async function hears(caller: Caller, participantId: string): Promise<void> {
    await caller.ask('hearPerson', participantId);
    await vi.waitFor(async () => {
      const { hertz, decibels } = await caller.ask<{ hertz: number; decibels: number }>('tone');
      expect(Math.abs(hertz - 440)).toBeLessThan(15);
      expect(decibels).toBeGreaterThan(-60);
    }, soon);
  }

  const withMicrophones = (client: VoiceClient, count: number) =>
    client.next(
      'participants.changed',
      0,
      ({ participants }) => participants.filter((one: Ack) => one.producer_id).length === count,
    );

  it('hear each other, the one who speaks is named, and leaving leaves the others', async () => {
    const { owner, call } = await room.begin('webrtc', { respond: false });
    const guest = await room.invited(owner, call, room.bob, 'webrtc');
    const [first, second] = [await callerFor(owner, call), await callerFor(guest.client, guest.place)];
    await withMicrophones(owner, 2);
    await second.ask('say', signal);
    await hears(first, guest.place.participant_id);
    await owner.next('speaker.active', 0, (body) => body.participant_id === guest.place.participant_id);
    await first.ask('say', signal);
    await hears(second, call.participant_id);
    expect(await codeOf(owner.ask('media.consume', { rtp_capabilities: {}, participant_id: 'nobody' }))).toBe(
      'RESOURCE_NOT_FOUND',
    );
    const from = owner.events.length;
    guest.client.close();
    await owner.next('participants.changed', from, ({ participants }) => participants.length === 1);
    expect(await first.ask('connectionStates')).toEqual(['connected', 'connected']);
    await owner.get('call.end');
    expect(await owner.next('call.ended')).toEqual({ reason: 'client' });
  });

  it('hear somebody whose sound travels in messages, and are heard by them', async () => {
    const { owner, call } = await room.begin('webrtc', { respond: false });
    const guest = await room.invited(owner, call, room.bob, 'socket');
    const caller = await callerFor(owner, call);
    guest.client.talk();
    guest.client.say(tone(440, 6000, 16_000));
    await hears(caller, guest.place.participant_id);
    await owner.next('speaker.active', 0, (body) => body.participant_id === guest.place.participant_id);
    await caller.ask('say', signal);
    await vi.waitFor(() => {
      const frames = guest.client.of('participants.audio');
      expect(frames.length).toBeGreaterThan(20);
      expect(loudnessOf(samplesOf(frames))).toBeGreaterThan(0.05);
    }, soon);
    stage.provider.script({ text: 'Good morning to you both.' });
    await guest.client.get('text.send', { text: 'Hello.', respond: true });
    await guest.client.next('response.audio');
  });
});
