import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { newId } from '../../core/util/ids.js';
import { PersonalityService } from '../personalities/personality.service.js';
import { SessionService } from '../sessions/session.service.js';
import { CallPeople } from './people/call-people.js';
import type { VoiceCall } from './voice-call.js';
import { type CallPlace, VoiceCallsService } from './voice-calls.service.js';
import type { VoiceListener } from './voice-event.js';
import { VoiceSessionService } from './voice-session.service.js';
import { changed, settingsOf, type VoiceChanges } from './voice-settings.js';
import { type VoiceTransport, VoiceTransportService } from './voice-transport.service.js';

export interface CallOptions {
  /** A new one where absent. */
  sessionId?: string;
  /** Of the answers of this call; the session's own where absent. */
  personalityId?: string;
  /** A model that callers may name; the personality's own where absent. */
  model?: string;
  transport: VoiceTransport;
  /** Hertz of what a client sends in messages; 16 kHz where absent. */
  inputRate?: number;
  /** Of a browser that calls over WebRTC by itself: its SDP. */
  offer?: string;
  /** What differs from the personality's own settings. */
  settings?: VoiceChanges;
}

/** All that a gateway needs of calls: to begin one, to find its own again, to come back to one. */
@Injectable()
export class VoiceCallService implements OnApplicationShutdown {
  constructor(
    private readonly sessions: SessionService,
    private readonly personalities: PersonalityService,
    private readonly calls: VoiceCallsService,
    private readonly transports: VoiceTransportService,
    private readonly voiceSessions: VoiceSessionService,
  ) {}

  /**
   * Begins a call; `listener` is told of all that happens in it, `call.ready` first. Throws RESOURCE_SESSION_NOT_FOUND,
   * RESOURCE_PERSONALITY_NOT_FOUND, RATE_LIMIT_EXCEEDED, ENGINE_UNAVAILABLE.
   */
  async start(principal: Principal, options: CallOptions, listener: VoiceListener): Promise<VoiceCall> {
    const place = await this.calls.reserve(newId(), principal.userId);
    try {
      const call = await this.open(place, principal, options, listener);
      call.session.start();
      place.take(call);
      call.line.onEnd((reason) => void call.session.end(reason));
      return call;
    } catch (error) {
      place.leave('failed');
      throw error;
    }
  }

  /** Throws VALIDATION_FAILED where a browser's SDP offer cannot be answered, ENGINE_UNAVAILABLE where there is no WebRTC. */
  checkOffer(offer: string): void {
    this.transports.checkOffer(offer);
  }

  /** The user's own call. Throws RESOURCE_NOT_FOUND. */
  find(callId: string, { userId }: Principal): VoiceCall {
    const call = this.calls.find(callId, userId);
    if (!call) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such call.', param: 'call_id' });
    return call;
  }

  /** As `find`. Throws RESOURCE_ELSEWHERE as well, where the call runs on another instance. */
  locate(callId: string, { userId }: Principal): Promise<VoiceCall> {
    return this.calls.locate(callId, userId);
  }

  /** The client of a call is back, perhaps on another connection. Throws RESOURCE_NOT_FOUND where it came too late. */
  resume(callId: string, principal: Principal, listener: VoiceListener): VoiceCall {
    const call = this.find(callId, principal);
    call.session.reconnected(listener);
    call.people.microphonesChanged();
    return call;
  }

  /** Before the stores are closed: what was said is to be kept. */
  async onApplicationShutdown(): Promise<void> {
    await this.calls.endAll('shutting-down');
  }

  private async open(
    place: CallPlace,
    principal: Principal,
    options: CallOptions,
    listener: VoiceListener,
  ): Promise<VoiceCall> {
    const { callId } = place;
    const { sessionId, personality } = await this.sessionFor(principal.userId, options);
    let call: VoiceCall | undefined;
    const { transport, inputRate } = options;
    const owner = { participantId: newId(), userId: principal.userId, name: null, transport };
    const line = await this.transports.open(transport, {
      callId,
      personId: owner.participantId,
      ...(inputRate !== undefined && { inputRate }),
      ...(options.offer !== undefined && { offer: options.offer }),
      send: (event) => call?.session.tell(event) ?? false,
    });
    const people = new CallPeople({
      owner,
      instanceId: place.instanceId,
      most: place.mostPeople,
      tell: (event) => call?.session.tellAll(event),
      microphones: () => line.microphones,
    });
    line.onMicrophones(() => people.microphonesChanged());
    line.onActiveSpeaker((participantId) => people.speaks(participantId));
    const session = this.voiceSessions.make({
      callId,
      sessionId,
      principal,
      personality,
      model: options.model,
      settings: changed(settingsOf(personality), options.settings ?? {}),
      sound: line.sound,
      listener,
      guestName: (speakerId) => people.guestName(speakerId),
      onSilent: place.free,
      onClosed: place.leave,
    });
    call = { callId, sessionId, personalityId: personality.id, session, line, people };
    return call;
  }

  private async sessionFor(
    userId: string,
    { sessionId, personalityId }: CallOptions,
  ): Promise<{ sessionId: string; personality: Personality }> {
    // What cannot be is refused before anything is stored.
    const named = personalityId === undefined ? undefined : this.personalities.get(personalityId);
    const session = sessionId
      ? await this.sessions.get(sessionId, userId)
      : await this.sessions.create(userId, { ...(personalityId !== undefined && { personalityId }) });
    const personality = named ?? this.personalities.find(session.personalityId) ?? this.personalities.default;
    return { sessionId: session.id, personality };
  }
}
