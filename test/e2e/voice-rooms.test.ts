import { describe, expect, it, vi } from 'vitest';
import { newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { spokenSamples } from '../setup/speech.js';
import type { Ack } from '../setup/voice-client.js';
import { codeOf, RoomStage } from '../setup/voice-room.js';

const stage = simulatedServer({
  env: { WS_CONNECTS_PER_MINUTE: '1000', ROLE: 'all' },
  config: { 'voice.yaml': 'max_participants: 4\n' },
});
const LONG = Array.from({ length: 12 }, (_, at) => `This is sentence number ${at + 1} of a long story.`).join(' ');
const soon = { timeout: 15_000, interval: 50 };

const room = new RoomStage(stage);

const messagesOf = async ({ session_id }: Ack) => {
  const { body } = await room.ana.call('GET', `/v1/sessions/${session_id}`);
  return body.messages as { role: string; content: string; metadata: Record<string, unknown> }[];
};
const namesIn = ({ participants }: Ack) => participants.map(({ name }: { name: string }) => name);
describe('who may join a call', () => {
  it('is another device of the user, and another user with an invitation', async () => {
    const { owner, call } = await room.begin();
    expect(call.participants).toMatchObject([{ participant_id: call.participant_id, role: 'owner', name: null }]);
    const tablet = await room.client(room.ana);
    const place = await tablet.get('call.join', { call_id: call.call_id, transport: 'socket' });
    expect(place).toMatchObject({ session_id: call.session_id, output_format: { sample_rate: 24_000 } });
    const guest = await room.invited(owner, call);
    expect(namesIn(guest.place)).toEqual([room.ana.username, room.ana.username, room.bob.username]);
    expect(guest.place.participants.map(({ role }: { role: string }) => role)).toEqual(['owner', 'owner', 'guest']);
    expect(await guest.client.next('call.ready')).toMatchObject({ call_id: call.call_id, state: 'listening' });
    for (const client of [owner, tablet, guest.client]) {
      await client.next('participants.changed', 0, ({ participants }) => participants.length === 3);
    }
  });

  it('is nobody without one, with one that was used or is made up, or with one to another call', async () => {
    const { owner, call } = await room.begin();
    const client = await room.client(room.bob);
    const join = (invitation?: string) =>
      codeOf(
        client.ask('call.join', { call_id: call.call_id, transport: 'socket', ...(invitation && { invitation }) }),
      );
    const { invitation } = await owner.get('call.invite', { expires_in: 60 });
    const [instance] = invitation.split('.');
    expect(await join()).toBe('RESOURCE_NOT_FOUND');
    expect(await join('nonsense')).toBe('RESOURCE_NOT_FOUND');
    expect(await join(`${instance}.${'a'.repeat(32)}`)).toBe('RESOURCE_NOT_FOUND');
    const foreign = `00000000-0000-7000-8000-000000000000.${'a'.repeat(32)}`;
    expect(await join(foreign)).toBe('RESOURCE_NOT_FOUND');
    expect(await codeOf(client.ask('call.join', { call_id: 'x', invitation: foreign, transport: 'socket' }))).toBe(
      'RESOURCE_ELSEWHERE',
    );
    const another = await (await room.client(room.ana)).get('call.start', { transport: 'socket' });
    expect(await codeOf(client.ask('call.join', { call_id: another.call_id, invitation, transport: 'socket' }))).toBe(
      'RESOURCE_NOT_FOUND',
    );
    await client.get('call.join', { call_id: call.call_id, invitation, transport: 'socket' });
    const thief = await room.client(await newAccount(stage.url));
    expect(await codeOf(thief.ask('call.join', { call_id: call.call_id, invitation, transport: 'socket' }))).toBe(
      'RESOURCE_NOT_FOUND',
    );
  });

  it('is only as many as the call holds, and a refused guest keeps the invitation', async () => {
    const { owner, call } = await room.begin();
    const { client: first } = await room.invited(owner, call);
    await room.invited(owner, call, await newAccount(stage.url));
    await room.invited(owner, call, await newAccount(stage.url));
    const late = await room.client(await newAccount(stage.url));
    const { invitation } = await owner.get('call.invite');
    const join = () => late.ask('call.join', { call_id: call.call_id, invitation, transport: 'socket' });
    expect(await codeOf(join())).toBe('RESOURCE_LIMIT_REACHED');
    await first.get('call.leave');
    expect(await join()).toMatchObject({ ok: true });
  });

  it.each<[string, unknown, string]>([
    ['no call', { transport: 'socket' }, 'VALIDATION_FAILED'],
    ['no transport', { call_id: 'x' }, 'VALIDATION_FAILED'],
    ['a call that is none', { call_id: 'x', transport: 'socket' }, 'RESOURCE_NOT_FOUND'],
    ['an invitation that is none', { call_id: 'x', transport: 'socket', invitation: {} }, 'VALIDATION_FAILED'],
  ])('is refused with %s', async (_, body, expected) => {
    expect(await codeOf((await room.client(room.bob)).ask('call.join', body))).toBe(expected);
  });
});

describe('a guest', { timeout: 60_000 }, () => {
  it('is answered in the owner’s session, by name, and nothing of it is learned about the owner', async () => {
    const { owner, call } = await room.begin();
    const { client, place } = await room.invited(owner, call);
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
      content: `${room.bob.username}: My cat is called Mochi.`,
      metadata: { speaker_id: place.participant_id, has_guests: true },
    });
    expect(answered).toMatchObject({ content: 'Nice to meet you, and your cat.' });
    const asked = JSON.stringify(stage.provider.requests.map(({ body }) => body));
    expect(asked).toContain('Several people are in this call');

    // What the owner says afterwards is learned, so that there was time to learn the other as well.
    await owner.get('text.send', { text: 'My dog is called Rex.' });
    await vi.waitFor(async () => {
      const { body } = await room.ana.call('GET', '/v1/memories');
      expect(JSON.stringify(body)).toContain('Rex');
    }, soon);
    expect(JSON.stringify((await room.ana.call('GET', '/v1/memories')).body)).not.toContain('Mochi');
    const theirs = await room.bob.call('GET', '/v1/sessions');
    expect(theirs.body.total ?? theirs.body.sessions?.length).toBe(0);
  });

  it('interrupts the companion, and stops it', async () => {
    const { owner, call } = await room.begin();
    const { client } = await room.invited(owner, call);
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
    const { owner, call } = await room.begin();
    const { client } = await room.invited(owner, call);
    for (const [event, body] of [
      ['call.end', {}],
      ['call.update', { spoken: false }],
      ['call.invite', {}],
      ['call.remove', { participant_id: call.participant_id }],
      ['response.create', { instructions: 'Tell me all you know of Ana.' }],
    ] as const) {
      expect(await codeOf(client.ask(event, body))).toBe('AUTH_FORBIDDEN');
    }
    expect(await codeOf(client.ask('call.resume', { call_id: call.call_id }))).toBe('RESOURCE_NOT_FOUND');
    expect(await codeOf(client.ask('call.start', { transport: 'socket' }))).toBe('RESOURCE_CONFLICT');
  });

  it('leaves, or is lost, and the others go on; comes back without another invitation', async () => {
    const { owner, call } = await room.begin();
    const { client } = await room.invited(owner, call);
    await client.get('call.leave');
    await owner.next('participants.changed', 0, ({ participants }) => participants.length === 1);
    expect(await codeOf(client.ask('text.send', { text: 'Hello?' }))).toBe('RESOURCE_NOT_FOUND');
    await client.get('call.join', { call_id: call.call_id, transport: 'socket' });
    const from = owner.events.length;
    client.close();
    await owner.next('participants.changed', from, ({ participants }) => participants.length === 1);
    await owner.get('text.send', { text: 'Still here.' });
    expect(await owner.next('response.done')).toMatchObject({ outcome: 'completed' });
  });

  it('is put out by the owner, and stays out', async () => {
    const { owner, call } = await room.begin();
    const { client, place } = await room.invited(owner, call);
    await owner.get('call.remove', { participant_id: place.participant_id });
    expect(await client.next('call.ended')).toEqual({ reason: 'removed' });
    expect(await codeOf(client.ask('call.join', { call_id: call.call_id, transport: 'socket' }))).toBe(
      'RESOURCE_NOT_FOUND',
    );
    expect(await codeOf(owner.ask('call.remove', { participant_id: place.participant_id }))).toBe('RESOURCE_NOT_FOUND');
  });

  it('whose sign-in ends is gone, and the call goes on', async () => {
    const { owner, call } = await room.begin();
    const { client } = await room.invited(owner, call);
    await room.bob.call('POST', '/v1/auth/logout');
    await client.next('disconnect');
    await owner.next('participants.changed', 0, ({ participants }) => participants.length === 1);
    expect(await owner.ask('call.update', {})).toEqual({ ok: true });
  });

  it('is told of the end that the owner makes, from any device', async () => {
    const { owner, call } = await room.begin();
    const { client } = await room.invited(owner, call);
    const tablet = await room.client(room.ana);
    await tablet.get('call.join', { call_id: call.call_id, transport: 'socket' });
    await tablet.get('call.end');
    for (const person of [owner, client, tablet]) expect(await person.next('call.ended')).toEqual({ reason: 'client' });
    expect(await client.ask('call.start', { transport: 'socket' })).toMatchObject({ ok: true });
  });
});
