import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { VoiceCall } from '../../orchestration/voice/voice-call.js';
import { type CallOptions, VoiceCallService } from '../../orchestration/voice/voice-call.service.js';
import type { VoiceListener } from '../../orchestration/voice/voice-event.js';
import { type CallGuest, type JoinOptions, VoiceRoomService } from '../../orchestration/voice/voice-room.service.js';
import { callListener } from './call-listener.js';
import { type ClientSocket, failureOf, tell } from './client-socket.js';
import { SocketWatch } from './socket-watch.js';
import { SoundIntake } from './sound-intake.js';
import type { CallPlace } from './voice-body.js';

/** The place of a call at a socket; without one while it is being begun or joined. */
interface Held {
  call: VoiceCall | null;
  /** Where the socket has joined a call that another one has begun. */
  guest: CallGuest | null;
  intake: SoundIntake;
  /** Its client has said that it hangs up. */
  hangsUp: boolean;
}

/** Which socket has which call: one each, so that what a client says needs no id. */
@Injectable()
export class SocketCalls {
  private readonly held = new Map<ClientSocket, Held>();
  /** Of all calls that were begun here and are not yet stored. */
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly calls: VoiceCallService,
    private readonly rooms: VoiceRoomService,
    private readonly watch: SocketWatch,
  ) {}

  /** Resolves when no call runs any more and all are stored. */
  async settled(): Promise<void> {
    await Promise.all(this.running);
  }

  /** Throws RESOURCE_CONFLICT where the socket has a call, and what `VoiceCallService.start` does. */
  async start(socket: ClientSocket, options: CallOptions): Promise<VoiceCall> {
    const held = this.take(socket);
    try {
      const call = await this.calls.start(socket.data.principal, options, this.listener(socket, held));
      this.follow(call);
      this.put(socket, held, call);
      return call;
    } catch (error) {
      this.release(socket, held);
      throw error;
    }
  }

  /** Throws RESOURCE_CONFLICT where the socket has a call, and what `VoiceRoomService.join` does. */
  async join(socket: ClientSocket, callId: string, options: JoinOptions): Promise<VoiceCall> {
    const held = this.take(socket);
    try {
      const { principal } = socket.data;
      const { call, guest } = await this.rooms.join(callId, principal, options, this.listener(socket, held));
      held.guest = guest;
      held.call = call;
      // It was lost, or the call has ended, while it was being joined.
      if (this.held.get(socket) !== held || !socket.connected) await guest.leave();
      return call;
    } catch (error) {
      this.release(socket, held);
      throw error;
    }
  }

  /** Of who has begun the call it is the end. Throws RESOURCE_NOT_FOUND where the socket has none. */
  async leave(socket: ClientSocket): Promise<void> {
    const { held, call } = this.heldBy(socket);
    if (!held.guest) return call.session.handle({ type: 'call.end' });
    this.release(socket, held);
    await held.guest.leave();
  }

  /** What lets somebody else in. Throws as `own`. */
  invite(socket: ClientSocket, seconds: number): string {
    return this.rooms.invite(this.own(socket), seconds);
  }

  /** Throws as `own`, and RESOURCE_NOT_FOUND where there is no such participant. */
  async remove(socket: ClientSocket, participantId: string): Promise<void> {
    await this.rooms.remove(this.own(socket), participantId);
  }

  /** Whoever had the call before loses it. Throws RESOURCE_NOT_FOUND where it came too late, or RESOURCE_ELSEWHERE. */
  async resume(socket: ClientSocket, callId: string, newTransports: boolean): Promise<VoiceCall> {
    const { principal } = socket.data;
    const call = await this.calls.locate(callId, principal);
    const held = this.take(socket);
    try {
      if (newTransports) await call.line.rejoin?.();
      this.takeAway(call);
      this.calls.resume(callId, principal, this.listener(socket, held));
      this.put(socket, held, call);
      return call;
    } catch (error) {
      this.release(socket, held);
      throw error;
    }
  }

  /** Throws RESOURCE_NOT_FOUND where the socket has none. */
  of(socket: ClientSocket): VoiceCall {
    return this.heldBy(socket).call;
  }

  /** As `of`, for what only the user may do whose call it is. Throws AUTH_FORBIDDEN for a guest. */
  own(socket: ClientSocket): VoiceCall {
    const { held, call } = this.heldBy(socket);
    const userId = held.guest?.userId ?? call.people.owner.userId;
    if (userId !== call.people.owner.userId) throw new CozyError('AUTH_FORBIDDEN', { message: NOT_YOURS });
    return call;
  }

  /** Throws RESOURCE_NOT_FOUND where the socket has no call. */
  placeOf(socket: ClientSocket): CallPlace {
    const { held, call } = this.heldBy(socket);
    return held.guest ?? { participantId: call.people.owner.participantId, line: call.line };
  }

  /** Throws RESOURCE_NOT_FOUND where the socket has no call, or one whose sound comes another way. */
  peerOf(socket: ClientSocket): NonNullable<VoiceCall['line']['peer']> {
    const { peer } = this.placeOf(socket).line;
    if (!peer) throw new CozyError('RESOURCE_NOT_FOUND', { message: NO_WEBRTC });
    return peer;
  }

  /** Sound of the client, as it came. Throws what is wrong with it. */
  append(socket: ClientSocket, given: unknown): void {
    const { append } = this.placeOf(socket).line;
    if (!append) throw new CozyError('RESOURCE_CONFLICT', { message: NO_MESSAGES });
    const bytes = this.held.get(socket)?.intake.check(given, Date.now());
    if (bytes) append(bytes);
  }

  /** The client of the socket hangs up, though that is not done yet: it may be gone before. */
  hangsUp(socket: ClientSocket): void {
    const held = this.held.get(socket);
    if (held?.call) held.hangsUp = true;
  }

  /** The socket is gone; its call waits for another one, unless its client has hung up. */
  lost(socket: ClientSocket): void {
    const held = this.held.get(socket);
    this.held.delete(socket);
    if (held?.guest) void held.guest.leave();
    else if (held?.hangsUp) void held.call?.session.end('client');
    else held?.call?.session.disconnected();
  }

  /** The socket is about to be closed: with the sign-in its own call ends, with anything else it may be resumed. */
  turnOut(socket: ClientSocket, { code }: CozyError): void {
    const { call, guest } = this.held.get(socket) ?? {};
    if (call && !guest && code.startsWith('AUTH_')) void call.session.end('signed-out');
  }

  private heldBy(socket: ClientSocket): { held: Held; call: VoiceCall } {
    const held = this.held.get(socket);
    if (!held?.call) throw new CozyError('RESOURCE_NOT_FOUND', { message: NO_CALL });
    return { held, call: held.call };
  }

  private take(socket: ClientSocket): Held {
    if (this.held.has(socket)) throw new CozyError('RESOURCE_CONFLICT', { message: HAS_ONE });
    const held: Held = { call: null, guest: null, intake: new SoundIntake(Date.now()), hangsUp: false };
    this.held.set(socket, held);
    return held;
  }

  private put(socket: ClientSocket, held: Held, call: VoiceCall): void {
    held.call = call;
    // It was lost while the call was being begun.
    if (!socket.connected) call.session.disconnected();
  }

  private takeAway(call: VoiceCall): void {
    for (const [socket, held] of this.held) {
      if (held.call !== call || held.guest) continue;
      this.release(socket, held);
      tell(socket, 'error', failureOf(new CozyError('RESOURCE_CONFLICT', { message: TAKEN })));
    }
  }

  private release(socket: ClientSocket, held: Held): void {
    if (this.held.get(socket) === held) this.held.delete(socket);
  }

  private follow({ session }: VoiceCall): void {
    const { closed } = session;
    this.running.add(closed);
    void closed.then(() => this.running.delete(closed));
  }

  private listener(socket: ClientSocket, held: Held): VoiceListener {
    return callListener(socket, {
      onEnded: () => this.release(socket, held),
      onBehind: () => this.watch.closeBehind(socket),
    });
  }
}

const NO_CALL =
  'This socket has no call. Begin one with call.start, join one with call.join, or come back to one with call.resume.';
const NO_WEBRTC = 'The sound of this call travels in messages: there are no transports.';
const NO_MESSAGES = 'The sound of this call travels over WebRTC.';
const HAS_ONE = 'This socket has a call already. End it first, or open another socket.';
const NOT_YOURS = 'Only the user whose call it is may do this. Leave the call with call.leave.';
const TAKEN = 'The call goes on at another socket.';
