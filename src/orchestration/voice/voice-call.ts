import type { CallPeople } from './people/call-people.js';
import type { VoiceSession } from './voice-session.js';
import type { CallLine } from './voice-transport.service.js';

/** A call as its gateway holds it: signals go to the session, sound and WebRTC signalling to the line. */
export interface VoiceCall {
  readonly callId: string;
  readonly sessionId: string;
  readonly personalityId: string;
  readonly session: VoiceSession;
  readonly line: CallLine;
  readonly people: CallPeople;
}
