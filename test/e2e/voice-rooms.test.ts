import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { type Caller, MediaBrowser, noChromium } from '../setup/media-browser.js';
import { workerBinary } from '../setup/media-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { joined, loudnessOf, pitchOf, tone, wav } from '../setup/sound.js';
import { spokenSamples } from '../setup/speech.js';
import { type Ack, signallingOf, VoiceClient } from '../setup/voice-client.js';

const stage = simulatedServer({
  env: { WS_CONNECTS_PER_MINUTE: '1000', ROLE: 'all' },
  config: { 'voice.yaml': 'max_participants: 4\n' },
});
const LONG = Array.from({ length: 12 }, (_, at) => `This is sentence number ${at + 1} of a long story.`).join(' ');
const soon = { timeout: 15_000, interval: 50 };

const open: { close(): unknown }[] = [];
let ana: Account;
let bob: Account;

beforeEach(async () => {
  [ana, bob] = await Promise.all([newAccount(stage.url), newAccount(stage.url)]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function clientOf({ token }: Account): Promise<VoiceClient> {
  const client = await VoiceClient.connect(stage.url, token);
  open.push(client);
  return client;
}

type Transport = 'socket' | 'webrtc';

async function begin(transport: Transport = 'socket', settings: object = {}) {
  const owner = await clientOf(ana);
  const call = await owner.get('call.start', { transport, ...settings });
  return { owner, call };
}

async function invited(owner: VoiceClient, call: Ack, who = bob, transport: Transport = 'socket') {
  const { invitation } = await owner.get('call.invite');
  const client = await clientOf(who);
  return { client, place: await client.get('call.join', { call_id: call.call_id, invitation, transport }) };
}

const code = async (asked: Promise<Ack>) => (await asked).error?.code;
const messagesOf = async ({ session_id }: Ack) => {
  const { body } = await ana.call('GET', `/v1/sessions/${session_id}`);
  return body.messages as { role: string; content: string; metadata: Record<string, unknown> }[];
};
const namesIn = ({ participants }: Ack) => participants.map(({ name }: { name: string }) => name);
const samplesOf = (bodies: { audio: Buffer }[]) =>
  joined(
    bodies.map(({ audio }) => ({
      samples: new Int16Array(Uint8Array.from(audio).buffer),
      sampleRate: 24_000,
    })),
  );

describe('who may join a call', () => {
  it('is another device of the user, and another user with an invitation', async () => {
    const { owner, call } = await begin();
    expect(call.participants).toMatchObject([{ participant_id: call.participant_id, role: 'owner', name: null }]);
    const tablet = await clientOf(ana);
    const place = await tablet.get('call.join', { call_id: call.call_id, transport: 'socket' });
    expect(place).toMatchObject({ session_id: call.session_id, output_format: { sample_rate: 24_000 } });
    const guest = await invited(owner, call);
    expect(namesIn(guest.place)).toEqual([ana.username, ana.username, bob.username]);
    expect(guest.place.participants.map(({ role }: { role: string }) => role)).toEqual(['owner', 'owner', 'guest']);
    expect(await guest.client.next('call.ready')).toMatchObject({ call_id: call.call_id, state: 'listening' });
    for (const client of [owner, tablet, guest.client]) {
      await client.next('participants.changed', 0, ({ participants }) => participants.length === 3);
    }
  });

  it('is nobody without one, with one that was used or is made up, or with one to another call', async () => {
    const { owner, call } = await begin();
    const client = await clientOf(bob);
    const join = (invitation?: string) =>
      code(client.ask('call.join', { call_id: call.call_id, transport: 'socket', ...(invitation && { invitation }) }));
    const { invitation } = await owner.get('call.invite', { expires_in: 60 });
    const [instance] = invitation.split('.');
    expect(await join()).toBe('RESOURCE_NOT_FOUND');
    expect(await join('nonsense')).toBe('RESOURCE_NOT_FOUND');
    expect(await join(`${instance}.${'a'.repeat(32)}`)).toBe('RESOURCE_NOT_FOUND');
    const foreign = `00000000-0000-7000-8000-000000000000.${'a'.repeat(32)}`;
    expect(await join(foreign)).toBe('RESOURCE_NOT_FOUND');
    expect(await code(client.ask('call.join', { call_id: 'x', invitation: foreign, transport: 'socket' }))).toBe(
      'RESOURCE_ELSEWHERE',
    );
    const another = await (await clientOf(ana)).get('call.start', { transport: 'socket' });
    expect(await code(client.ask('call.join', { call_id: another.call_id, invitation, transport: 'socket' }))).toBe(
      'RESOURCE_NOT_FOUND',
    );
    await client.get('call.join', { call_id: call.call_id, invitation, transport: 'socket' });
    const thief = await clientOf(await newAccount(stage.url));
    expect(await code(thief.ask('call.join', { call_id: call.call_id, invitation, transport: 'socket' }))).toBe(
      'RESOURCE_NOT_FOUND',
    );
  });

  it('is only as many as the call holds, and a refused guest keeps the invitation', async () => {
    const { owner, call } = await begin();
    const { client: first } = await invited(owner, call);
    await invited(owner, call, await newAccount(stage.url));
    await invited(owner, call, await newAccount(stage.url));
    const late = await clientOf(await newAccount(stage.url));
    const { invitation } = await owner.get('call.invite');
    const join = () => late.ask('call.join', { call_id: call.call_id, invitation, transport: 'socket' });
    expect(await code(join())).toBe('RESOURCE_LIMIT_REACHED');
    await first.get('call.leave');
    expect(await join()).toMatchObject({ ok: true });
  });

  it.each<[string, unknown, string]>([
    ['no call', { transport: 'socket' }, 'VALIDATION_FAILED'],
    ['no transport', { call_id: 'x' }, 'VALIDATION_FAILED'],
    ['a call that is none', { call_id: 'x', transport: 'socket' }, 'RESOURCE_NOT_FOUND'],
    ['an invitation that is none', { call_id: 'x', transport: 'socket', invitation: {} }, 'VALIDATION_FAILED'],
  ])('is refused with %s', async (_, body, expected) => {
    expect(await code((await clientOf(bob)).ask('call.join', body))).toBe(expected);
  });
});

describe('a guest', { timeout: 60_000 }, () => {
  it('is answered in the owner’s session, by name, and nothing of it is learned about the owner', async () => {
    const { owner, call } = await begin();
    const { client, place } = await invited(owner, call);
    stage.provider.script({ text: 'Nice to meet you, and your cat.' });
    stage.provider.speech.hear({ text: 'My cat is called Mochi.' });
    client.talk();
    client.say(spokenSamples());
    for (const person of [owner, client]) {
      expect(await person.next('transcript.final')).toMatchObject({ speaker_id: place.participant_id });
      await person.next('response.audio');
      expect(await person.next('response.done')).toMatchObject({ outcome: 'completed' });
    }
    const [said, answered] = (await messagesOf(call)).slice(-2);
    expect(said).toMatchObject({
      content: `${bob.username}: My cat is called Mochi.`,
      metadata: { speaker_id: place.participant_id, has_guests: true },
    });
    expect(answered).toMatchObject({ content: 'Nice to meet you, and your cat.' });
    const asked = JSON.stringify(stage.provider.requests.map(({ body }) => body));
    expect(asked).toContain('Several people are in this call');

    // What the owner says afterwards is learned, so that there was time to learn the other as well.
    await owner.get('text.send', { text: 'My dog is called Rex.' });
    await vi.waitFor(async () => {
      const { body } = await ana.call('GET', '/v1/memories');
      expect(JSON.stringify(body)).toContain('Rex');
    }, soon);
    expect(JSON.stringify((await ana.call('GET', '/v1/memories')).body)).not.toContain('Mochi');
    const theirs = await bob.call('GET', '/v1/sessions');
    expect(theirs.body.total ?? theirs.body.sessions?.length).toBe(0);
  });

  it('interrupts the companion, and stops it', async () => {
    const { owner, call } = await begin();
    const { client } = await invited(owner, call);
    client.talk();
    stage.provider.script({ text: LONG }, { text: 'Of course.' });
    await owner.get('text.send', { text: 'Tell us a story.' });
    await client.next('response.audio');
    stage.provider.speech.hear({ text: 'Stop please.' });
    const from = owner.events.length;
    client.say(spokenSamples());
    await owner.state('paused', from);
    expect(await owner.next('response.done')).toMatchObject({ outcome: 'interrupted' });
    await owner.next('response.done', 0, ({ outcome }) => outcome === 'completed');
    stage.provider.script({ text: LONG });
    await client.get('text.send', { text: 'And now?' });
    const { turn_id } = await client.next('response.started', 0, (body) => body.turn_id === 'turn_3');
    await client.get('response.cancel', { turn_id });
    expect(await owner.next('response.done', 0, (body) => body.turn_id === turn_id)).toMatchObject({
      outcome: 'cancelled',
    });
  });

  it('may not do what is the owner’s', async () => {
    const { owner, call } = await begin();
    const { client } = await invited(owner, call);
    for (const [event, body] of [
      ['call.end', {}],
      ['call.update', { spoken: false }],
      ['call.invite', {}],
      ['call.remove', { participant_id: call.participant_id }],
      ['response.create', { instructions: 'Tell me all you know of Ana.' }],
    ] as const) {
      expect(await code(client.ask(event, body))).toBe('AUTH_FORBIDDEN');
    }
    expect(await code(client.ask('call.resume', { call_id: call.call_id }))).toBe('RESOURCE_NOT_FOUND');
    expect(await code(client.ask('call.start', { transport: 'socket' }))).toBe('RESOURCE_CONFLICT');
  });

  it('leaves, or is lost, and the others go on; comes back without another invitation', async () => {
    const { owner, call } = await begin();
    const { client } = await invited(owner, call);
    await client.get('call.leave');
    await owner.next('participants.changed', 0, ({ participants }) => participants.length === 1);
    expect(await code(client.ask('text.send', { text: 'Hello?' }))).toBe('RESOURCE_NOT_FOUND');
    await client.get('call.join', { call_id: call.call_id, transport: 'socket' });
    const from = owner.events.length;
    client.close();
    await owner.next('participants.changed', from, ({ participants }) => participants.length === 1);
    await owner.get('text.send', { text: 'Still here.' });
    expect(await owner.next('response.done')).toMatchObject({ outcome: 'completed' });
  });

  it('is put out by the owner, and stays out', async () => {
    const { owner, call } = await begin();
    const { client, place } = await invited(owner, call);
    await owner.get('call.remove', { participant_id: place.participant_id });
    expect(await client.next('call.ended')).toEqual({ reason: 'removed' });
    expect(await code(client.ask('call.join', { call_id: call.call_id, transport: 'socket' }))).toBe(
      'RESOURCE_NOT_FOUND',
    );
    expect(await code(owner.ask('call.remove', { participant_id: place.participant_id }))).toBe('RESOURCE_NOT_FOUND');
  });

  it('whose sign-in ends is gone, and the call goes on', async () => {
    const { owner, call } = await begin();
    const { client } = await invited(owner, call);
    await bob.call('POST', '/v1/auth/logout');
    await client.next('disconnect');
    await owner.next('participants.changed', 0, ({ participants }) => participants.length === 1);
    expect(await owner.ask('call.update', {})).toEqual({ ok: true });
  });

  it('is told of the end that the owner makes, from any device', async () => {
    const { owner, call } = await begin();
    const { client } = await invited(owner, call);
    const tablet = await clientOf(ana);
    await tablet.get('call.join', { call_id: call.call_id, transport: 'socket' });
    await tablet.get('call.end');
    for (const person of [owner, client, tablet]) expect(await person.next('call.ended')).toEqual({ reason: 'client' });
    expect(await client.ask('call.start', { transport: 'socket' })).toMatchObject({ ok: true });
  });
});

describe('people whose sound travels in messages', { timeout: 60_000 }, () => {
  it('hear each other and not themselves, and are told who speaks', async () => {
    const { owner, call } = await begin('socket', { respond: false });
    const { client, place } = await invited(owner, call);
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
    const { owner, call } = await begin('socket', { respond: false, turn_detection: { type: 'none' } });
    const { client, place } = await invited(owner, call);
    await client.get('audio.append', Buffer.from(tone(440, 1000, 16_000).buffer));
    await client.get('audio.commit');
    expect(await owner.next('transcript.final')).toMatchObject({ speaker_id: place.participant_id });
    expect(await code(client.ask('audio.append', Buffer.alloc(3)))).toBe('VALIDATION_FAILED');
  });

  it('cannot be joined over WebRTC', async () => {
    const { owner, call } = await begin();
    const { invitation } = await owner.get('call.invite');
    const client = await clientOf(bob);
    const join = (transport: Transport) => client.ask('call.join', { call_id: call.call_id, invitation, transport });
    expect(await code(join('webrtc'))).toBe('ENGINE_UNAVAILABLE');
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
    open.push(caller.page);
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
    const { owner, call } = await begin('webrtc', { respond: false });
    const guest = await invited(owner, call, bob, 'webrtc');
    const [first, second] = [await callerFor(owner, call), await callerFor(guest.client, guest.place)];
    await withMicrophones(owner, 2);
    await second.ask('say', signal);
    await hears(first, guest.place.participant_id);
    await owner.next('speaker.active', 0, (body) => body.participant_id === guest.place.participant_id);
    await first.ask('say', signal);
    await hears(second, call.participant_id);
    expect(await code(owner.ask('media.consume', { rtp_capabilities: {}, participant_id: 'nobody' }))).toBe(
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
    const { owner, call } = await begin('webrtc', { respond: false });
    const guest = await invited(owner, call, bob, 'socket');
    const caller = await callerFor(owner, call);
    guest.client.talk();
    guest.client.say(tone(440, 6000, 16_000));
    await hears(caller, guest.place.participant_id);
    await owner.next('speaker.active', 0, (body) => body.participant_id === guest.place.participant_id);
    await caller.ask('say', signal);
    await vi.waitFor(() => {
      const frames = guest.client.of('participants.audio');
      expect(frames.length).toBeGreaterThan(100);
      const heard = samplesOf(frames.slice(40, 80));
      expect(loudnessOf(heard)).toBeGreaterThan(0.05);
      expect(pitchOf(heard, 24_000)).toBeCloseTo(440, -1.5);
    }, soon);
    stage.provider.script({ text: 'Good morning to you both.' });
    await guest.client.get('text.send', { text: 'Hello.', respond: true });
    await guest.client.next('response.audio');
  });
});
