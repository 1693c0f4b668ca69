import { beforeEach, expect, it } from 'vitest';
import type { VoiceEvent } from '../voice-event.js';
import { CallInvitations, instanceOf } from './call-invitations.js';
import { CallPeople, type JoinedPerson } from './call-people.js';

let events: VoiceEvent[];
let people: CallPeople;
const microphones = new Map([['p1', 'producer']]);
const person = (participantId: string, userId: string): JoinedPerson => ({
  participantId,
  userId,
  name: participantId.toUpperCase(),
  transport: 'socket',
  leave: async () => undefined,
  tell: () => undefined,
});

beforeEach(() => {
  events = [];
  people = new CallPeople({
    owner: { participantId: 'p1', userId: 'ana', name: null, transport: 'webrtc' },
    instanceId: 'here',
    most: 3,
    tell: (event) => events.push(event),
    microphones: () => microphones,
  });
});

it('tells of nobody while there is but one', () => {
  people.speaks('p1');
  people.microphonesChanged();
  expect(events).toEqual([]);
});

it('tells who is there, and who of them speaks', () => {
  people.add(person('p2', 'bob'), 'Ana');
  people.speaks('p2');
  people.delete('p2');
  people.delete('p2');
  const owner = { participantId: 'p1', name: 'Ana', role: 'owner', transport: 'webrtc', producerId: 'producer' };
  const guest = { participantId: 'p2', name: 'P2', role: 'guest', transport: 'socket', producerId: null };
  expect(events).toEqual([
    { type: 'participants.changed', participants: [owner, guest] },
    { type: 'speaker.active', participantId: 'p2' },
    { type: 'participants.changed', participants: [owner] },
  ]);
});

it('knows a guest by name also after they have left, and the owner’s devices as the owner', () => {
  people.add(person('p2', 'bob'), 'Ana');
  people.add(person('p3', 'ana'), 'Ana');
  people.delete('p2');
  expect(['p1', 'p2', 'p3', 'p4', null].map((id) => people.guestName(id))).toEqual([null, 'P2', null, null, null]);
});

it('holds so many, those who are on their way among them', () => {
  people.add(person('p2', 'bob'), 'Ana');
  const free = people.reserve();
  expect(() => people.reserve()).toThrow(expect.objectContaining({ code: 'RESOURCE_LIMIT_REACHED' }));
  free();
  expect(() => people.reserve()).not.toThrow();
});

it('admits the owner, and once by an invitation; again who was in it, unless they were put out', () => {
  const invitation = people.invitations.make(60, 0);
  expect(people.admit('ana', undefined, 0)).toBeDefined();
  expect(people.admit('bob', undefined, 0)).toBeUndefined();
  people.admit('bob', invitation, 0)?.();
  expect(people.admit('bob', undefined, 0)).toBeUndefined();
  expect(people.admit('bob', invitation, 0)).toBeDefined();
  expect(people.admit('eve', invitation, 0)).toBeUndefined();
  expect(people.admit('bob', undefined, 0)).toBeDefined();
  people.unwelcome(person('p2', 'bob'));
  expect(people.admit('bob', undefined, 0)).toBeUndefined();
});

it('an invitation ends, and the oldest is given up for the newest of very many', () => {
  const invitations = new CallInvitations('here');
  const late = invitations.make(10, 0);
  expect(invitations.take(late, 10_000)).toBeUndefined();
  const many = Array.from({ length: 33 }, () => invitations.make(10, 0));
  expect(many.map((one) => invitations.take(one, 1) !== undefined)).toEqual([false, ...Array(32).fill(true)]);
  expect(many.map(instanceOf)).toEqual(many.map(() => 'here'));
  expect(['', 'x', '.x', `${'a'.repeat(65)}.x`].map(instanceOf)).toEqual(Array(4).fill(undefined));
});
