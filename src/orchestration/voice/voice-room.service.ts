import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Principal } from '../../core/domain/principal.js';
import { newId } from '../../core/util/ids.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import type { JoinedPerson } from './people/call-people.js';
import type { VoiceCall } from './voice-call.js';
import { VoiceCallsService } from './voice-calls.service.js';
import type { VoiceListener } from './voice-event.js';
import type { GuestLine, VoiceTransport } from './voice-transport.service.js';

export interface JoinOptions {
  /** Of one who was never in the call, and is not the user whose call it is. */
  invitation?: string;
  transport: VoiceTransport;
  /** Hertz of what a client sends in messages; 16 kHz where absent. */
  inputRate?: number;
}

/** Somebody's place in a call that they did not begin. */
export interface CallGuest extends JoinedPerson {
  line: GuestLine;
}

const LONGEST_NAME = 64;

const noCall = () => new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such call.', param: 'call_id' });

/** Several people in one call: who comes, who goes. It stays the call of whoever began it. */
@Injectable()
export class VoiceRoomService {
  constructor(
    private readonly calls: VoiceCallsService,
    private readonly users: UserRepository,
  ) {}

  /** What lets one other user in, once, within `seconds`. */
  invite({ people }: VoiceCall, seconds: number): string {
    return people.invitations.make(seconds, Date.now());
  }

  /**
   * Joins a call: the user's own from any device, somebody else's with an invitation, or again where they were in it.
   * `listener` is told of all that happens in it, `call.ready` first. Throws RESOURCE_NOT_FOUND (a wrong invitation is
   * answered like a wrong call), RESOURCE_ELSEWHERE, RESOURCE_LIMIT_REACHED, ENGINE_UNAVAILABLE.
   */
  async join(
    callId: string,
    principal: Principal,
    options: JoinOptions,
    listener: VoiceListener,
  ): Promise<{ call: VoiceCall; guest: CallGuest }> {
    const call = await this.calls.findToJoin(callId, principal.userId, options.invitation);
    const { people } = call;
    const takeBack = people.admit(principal.userId, options.invitation, Date.now());
    if (!takeBack) throw noCall();
    try {
      const free = people.reserve();
      try {
        return { call, guest: await this.enter(call, principal, options, listener) };
      } finally {
        free();
      }
    } catch (error) {
      takeBack();
      throw error;
    }
  }

  /** Puts somebody out, who needs another invitation to come back. Throws RESOURCE_NOT_FOUND. */
  async remove({ people }: VoiceCall, participantId: string): Promise<void> {
    const person = people.find(participantId);
    if (!person) {
      const message = 'There is no such participant who has joined.';
      throw new CozyError('RESOURCE_NOT_FOUND', { message, param: 'participant_id' });
    }
    people.unwelcome(person);
    await person.leave();
    person.tell({ type: 'call.ended', reason: 'removed' });
  }

  private async enter(
    call: VoiceCall,
    { userId }: Principal,
    { transport, inputRate }: JoinOptions,
    listener: VoiceListener,
  ): Promise<CallGuest> {
    const { people, session } = call;
    const participantId = newId();
    const [name, ownerName] = await Promise.all([this.nameOf(userId), this.nameOf(people.owner.userId)]);
    const line = await call.line.join(transport, {
      personId: participantId,
      send: listener,
      ...(inputRate !== undefined && { inputRate }),
    });
    if (session.hasEnded) {
      await line.close();
      throw noCall();
    }
    const stop = session.join(participantId, listener);
    const leave = async () => {
      stop();
      await line.close();
      people.delete(participantId);
    };
    const guest: CallGuest = { participantId, userId, name, transport, line, leave, tell: listener };
    people.add(guest, ownerName);
    return guest;
  }

  /** One line, as it stands before what they say. */
  private async nameOf(userId: string): Promise<string> {
    const user = await this.users.find(userId);
    const name = (user?.displayName ?? '').replace(/[\s\p{C}]+/gu, ' ').trim();
    return (name || user?.username || 'Somebody').slice(0, LONGEST_NAME);
  }
}
