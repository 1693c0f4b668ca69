import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Participant, VoiceEvent } from '../voice-event.js';
import type { VoiceTransport } from '../voice-transport.service.js';
import { CallInvitations } from './call-invitations.js';

/** Somebody who is in a call. */
export interface Person {
  participantId: string;
  userId: string;
  name: string | null;
  transport: VoiceTransport;
}

/** Somebody who has joined. */
export interface JoinedPerson extends Person {
  name: string;
  /** Idempotent. */
  leave: () => Promise<void>;
  /** To them alone. */
  tell: (event: VoiceEvent) => void;
}

export interface CallPeopleSetup {
  owner: Person;
  instanceId: string;
  /** Of all, who began the call among them. */
  most: number;
  /** To everybody in the call. */
  tell: (event: VoiceEvent) => void;
  /** The producers of those who can be heard over WebRTC. */
  microphones: () => ReadonlyMap<string, string>;
}

/** Who is in a call, who may come, and who of them speaks. */
export class CallPeople {
  readonly invitations: CallInvitations;
  private readonly joined = new Map<string, JoinedPerson>();
  /** Users who were let in: they may come back. */
  private readonly welcome = new Set<string>();
  /** Of all who were here: what they said may be understood only after they have left. */
  private readonly guestNames = new Map<string, string>();
  private coming = 0;

  constructor(private readonly setup: CallPeopleSetup) {
    this.invitations = new CallInvitations(setup.instanceId);
  }

  get owner(): Readonly<Person> {
    return this.setup.owner;
  }

  get list(): Participant[] {
    const microphones = this.setup.microphones();
    return [this.owner, ...this.joined.values()].map(({ participantId, userId, name, transport }) => ({
      participantId,
      name,
      role: userId === this.owner.userId ? 'owner' : 'guest',
      transport,
      producerId: microphones.get(participantId) ?? null,
    }));
  }

  /** Undefined where this user may not join; else how to take it back, where nothing came of it. */
  admit(userId: string, invitation: string | undefined, now: number): (() => void) | undefined {
    if (userId === this.owner.userId || this.welcome.has(userId)) return () => undefined;
    const giveBack = invitation === undefined ? undefined : this.invitations.take(invitation, now);
    if (!giveBack) return undefined;
    this.welcome.add(userId);
    return () => {
      this.welcome.delete(userId);
      giveBack();
    };
  }

  /** Throws RESOURCE_LIMIT_REACHED; returns how to give the place free, once. */
  reserve(): () => void {
    const { most } = this.setup;
    if (1 + this.joined.size + this.coming >= most) {
      throw new CozyError('RESOURCE_LIMIT_REACHED', { message: `This call is full: it takes ${most} people.` });
    }
    this.coming += 1;
    return () => (this.coming -= 1);
  }

  /** @param ownerName is shown from now on. */
  add(person: JoinedPerson, ownerName: string): void {
    this.setup.owner.name = ownerName;
    this.joined.set(person.participantId, person);
    if (person.userId !== this.owner.userId) this.guestNames.set(person.participantId, person.name);
    this.changed();
  }

  /** Idempotent. */
  delete(participantId: string): void {
    if (this.joined.delete(participantId)) this.changed();
  }

  find(participantId: string): JoinedPerson | undefined {
    return this.joined.get(participantId);
  }

  /** They may not come back without another invitation. */
  unwelcome({ userId }: Person): void {
    this.welcome.delete(userId);
  }

  /** Null for the owner on any device. */
  guestName(speakerId: string | null): string | null {
    return this.guestNames.get(speakerId ?? '') ?? null;
  }

  /** Nobody is told while there is but one. */
  microphonesChanged(): void {
    if (this.joined.size > 0) this.changed();
  }

  /** Nobody is told while there is but one. */
  speaks(participantId: string | null): void {
    if (this.joined.size > 0) this.setup.tell({ type: 'speaker.active', participantId });
  }

  private changed(): void {
    this.setup.tell({ type: 'participants.changed', participants: this.list });
  }
}
