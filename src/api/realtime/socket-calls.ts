import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { VoiceCall } from '../../orchestration/voice/voice-call.js';
import { type CallOptions, VoiceCallService } from '../../orchestration/voice/voice-call.service.js';
import type { VoiceListener } from '../../orchestration/voice/voice-event.js';
import { callListener } from './call-listener.js';
import { type ClientSocket, failureOf, tell } from './client-socket.js';
import { SocketWatch } from './socket-watch.js';
import { SoundIntake } from './sound-intake.js';

/** The place of a call at a socket; without one while it is being begun. */
interface Held {
  call: VoiceCall | null;
  intake: SoundIntake;
}

/** Which socket has which call: one each, so that what a client says needs no id. */
@Injectable()
export class SocketCalls {
  private readonly held = new Map<ClientSocket, Held>();
  /** Of all calls that were begun here and are not yet stored. */
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly calls: VoiceCallService,
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

  /** Whoever had the call before loses it. Throws RESOURCE_NOT_FOUND where it came too late. */
  async resume(socket: ClientSocket, callId: string, newTransports: boolean): Promise<VoiceCall> {
    const { principal } = socket.data;
    const call = this.calls.find(callId, principal);
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
    const call = this.held.get(socket)?.call;
    if (!call) throw new CozyError('RESOURCE_NOT_FOUND', { message: NO_CALL });
    return call;
  }

  /** Throws RESOURCE_NOT_FOUND where the socket has no call, or one whose sound comes another way. */
  peerOf(socket: ClientSocket): NonNullable<VoiceCall['line']['peer']> {
    const { peer } = this.of(socket).line;
    if (!peer) throw new CozyError('RESOURCE_NOT_FOUND', { message: NO_WEBRTC });
    return peer;
  }

  /** Sound of the client, as it came. Throws what is wrong with it. */
  append(socket: ClientSocket, given: unknown): void {
    const { append } = this.of(socket).line;
    if (!append) throw new CozyError('RESOURCE_CONFLICT', { message: NO_MESSAGES });
    const bytes = this.held.get(socket)?.intake.check(given, Date.now());
    if (bytes) append(bytes);
  }

  /** The socket is gone; its call waits for another one. */
  lost(socket: ClientSocket): void {
    const held = this.held.get(socket);
    this.held.delete(socket);
    held?.call?.session.disconnected();
  }

  /** The socket is about to be closed: with the sign-in the call ends, with anything else it may be resumed. */
  turnOut(socket: ClientSocket, { code }: CozyError): void {
    const call = this.held.get(socket)?.call;
    if (call && code.startsWith('AUTH_')) void call.session.end('signed-out');
  }

  private take(socket: ClientSocket): Held {
    if (this.held.has(socket)) throw new CozyError('RESOURCE_CONFLICT', { message: HAS_ONE });
    const held: Held = { call: null, intake: new SoundIntake(Date.now()) };
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
      if (held.call !== call) continue;
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

const NO_CALL = 'This socket has no call. Begin one with call.start, or come back to one with call.resume.';
const NO_WEBRTC = 'The sound of this call travels in messages: there are no transports.';
const NO_MESSAGES = 'The sound of this call travels over WebRTC.';
const HAS_ONE = 'This socket has a call already. End it first, or open another socket.';
const TAKEN = 'The call goes on at another socket.';
