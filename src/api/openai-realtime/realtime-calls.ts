import { Injectable } from '@nestjs/common';
import type { Personality } from '../../core/domain/personality.js';
import type { Principal } from '../../core/domain/principal.js';
import { VoiceSection } from '../../core/config/sections/voice.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { PersonalityService } from '../../orchestration/personalities/personality.service.js';
import { SessionService } from '../../orchestration/sessions/session.service.js';
import type { VoiceCall } from '../../orchestration/voice/voice-call.js';
import { type CallOptions, VoiceCallService } from '../../orchestration/voice/voice-call.service.js';
import type { VoiceEvent } from '../../orchestration/voice/voice-event.js';
import { ClientCommands, type ConversationStore } from './client-commands.js';
import type { CallAddress } from './call-address.js';
import { RealtimeCall, type RealtimeSink } from './realtime-call.js';
import { EventIntake } from './event-intake.js';
import { initialSession, type SessionState, sessionDto, updatedSession } from './session/session-state.js';

/** A call that runs, as whoever carries its events holds it. */
export interface OpenedCall {
  call: VoiceCall;
  /** An event of the client, as it came. */
  take: (text: string) => void;
  /** Tells the client that the session is there. Events are told from then on. */
  begin: () => void;
  /** Tells the client an error. */
  refuse: (error: CozyError) => void;
  end: RealtimeCall['end'];
}

/** Begins calls for clients that speak OpenAI's protocol. */
@Injectable()
export class RealtimeCalls {
  constructor(
    private readonly calls: VoiceCallService,
    private readonly personalities: PersonalityService,
    private readonly sessions: SessionService,
    private readonly section: VoiceSection,
    private readonly logger: Logger,
  ) {}

  /** Who answers at an address. Throws RESOURCE_PERSONALITY_NOT_FOUND, RESOURCE_SESSION_NOT_FOUND. */
  async personalityFor({ personalityId, sessionId }: CallAddress, { userId }: Principal): Promise<Personality> {
    const named = personalityId === undefined ? undefined : this.personalities.get(personalityId);
    const session = sessionId === undefined ? undefined : await this.sessions.get(sessionId, userId);
    return named ?? this.personalities.find(session?.personalityId ?? '') ?? this.personalities.default;
  }

  /** What a session at this address begins with. */
  sessionAt(personality: Personality, given: unknown): SessionState {
    const state = initialSession(personality);
    return given === undefined ? state : updatedSession(state, sessionDto(given));
  }

  /** Throws what `VoiceCallService.start` does, and VALIDATION_FAILED where the session cannot be so. */
  async open(
    principal: Principal,
    address: CallAddress,
    given: unknown,
    line: Pick<CallOptions, 'transport' | 'offer'>,
    sink: RealtimeSink,
  ): Promise<OpenedCall> {
    // What cannot be is refused before a session is made.
    this.sessionAt(await this.personalityFor(address, principal), given);
    let realtime: RealtimeCall | undefined;
    let commands: ClientCommands | undefined;
    const early: VoiceEvent[] = [];
    const { sessionId, personalityId, model } = address;
    const call = await this.calls.start(principal, { ...line, sessionId, personalityId, model }, (event) => {
      if (!realtime) return early.push(event) > 0;
      if (event.type === 'speech.started') commands?.giveHeld();
      return realtime.hear(event);
    });
    const personality = this.personalities.find(call.personalityId) ?? this.personalities.default;
    const state = this.sessionAt(personality, given);
    const intake = new EventIntake();
    realtime = new RealtimeCall({
      call,
      sink,
      session: state,
      names: this.namesOf(call),
      ownInstructions: personality.voice.realtime.instructions ?? null,
      events: { bucket: intake.events, limit: intake.limit },
    });
    commands = new ClientCommands(realtime, this.storeOf(call, principal));
    this.keepLast(call, commands);
    for (const event of early) realtime.hear(event);
    return this.opened(call, realtime, commands, intake);
  }

  private opened(call: VoiceCall, realtime: RealtimeCall, commands: ClientCommands, intake: EventIntake): OpenedCall {
    const take = (text: string) => {
      switch (intake.judge(text, Date.now())) {
        case 'ok':
          return commands.take(text);
        case 'too-much':
          return realtime.sendError(new CozyError('RATE_LIMIT_EXCEEDED', { message: TOO_FAST }));
        case 'hopeless':
          return realtime.end('client');
      }
    };
    return {
      call,
      take,
      begin: () => realtime.begin(),
      refuse: (error) => realtime.sendError(error),
      end: (reason) => realtime.end(reason),
    };
  }

  /** What was typed last goes behind what was said last. */
  private keepLast({ callId, session }: VoiceCall, commands: ClientCommands): void {
    session.closed
      .then(() => commands.keepHeld())
      .catch((error: unknown) => {
        // The user does not want it kept.
        if (error instanceof CozyError && error.code === 'RESOURCE_SESSION_NOT_FOUND') return;
        this.logger.warn('What was typed last in a call could not be stored', { call_id: callId }, error);
      });
  }

  private storeOf({ sessionId }: VoiceCall, { userId }: Principal): ConversationStore {
    return {
      keep: async (messages) => {
        const spoken = messages.map((message) => ({ ...message, spokenAt: null }));
        await this.sessions.addSpoken(sessionId, userId, spoken);
      },
      remove: ({ turnId, role, text }) =>
        this.sessions.removeMessage({ sessionId, userId, turnId, role, content: text }),
    };
  }

  private namesOf({ callId, sessionId, personalityId }: VoiceCall) {
    return {
      id: `sess_${callId}`,
      model: `cozy/${personalityId}`,
      expiresAt: Math.floor((Date.now() + this.section.max_call_ms) / 1000),
      cozy: { call_id: callId, session_id: sessionId, personality_id: personalityId },
    };
  }
}

const TOO_FAST = 'Events come faster than anybody speaks. Send sound in pieces of 20 to 200 ms.';
