import type { Usage } from '../../core/domain/chat.js';
import type { CozyError } from '../../core/errors/cozy.error.js';
import type { VoiceTimings } from './turns/turn-timings.js';

/** Whether the companion waits, thinks, speaks, or holds its breath because somebody else does. */
export type CallState = 'listening' | 'thinking' | 'speaking' | 'paused';

/** How a turn ended. */
export type VoiceTurnOutcome = 'completed' | 'interrupted' | 'cancelled' | 'failed';

export type CallEnd =
  | 'client'
  | 'idle'
  | 'too-long'
  | 'connection-lost'
  | 'signed-out'
  /** Told to somebody whom the owner has put out; the call goes on without them. */
  | 'removed'
  | 'worker-died'
  | 'media-closed'
  | 'shutting-down'
  | 'failed';

/** `waiting`: for somebody's approval. */
export type VoiceToolStatus = 'running' | 'waiting' | 'done' | 'failed';

/** Somebody in a call. */
export interface Participant {
  /** Of this call alone; the `speakerId` of what they say. */
  participantId: string;
  /** Null for the owner until somebody else is there to see it. */
  name: string | null;
  /** `owner`: any device of the user whose call it is. */
  role: 'owner' | 'guest';
  transport: 'webrtc' | 'socket';
  /** What the others of a call over WebRTC consume to hear them; null while there is no microphone. */
  producerId: string | null;
}

/** What a call tells its client; gateways translate. Every turn has one `response.started` and one `response.done`. */
export type VoiceEvent =
  /** At the beginning, and again when a client comes back. */
  | { type: 'call.ready'; callId: string; sessionId: string; personalityId: string; state: CallState }
  | { type: 'speech.started'; utteranceId: string; speakerId: string | null }
  | { type: 'speech.stopped'; utteranceId: string; speakerId: string | null }
  /** Replaces the partial before it. */
  | { type: 'transcript.partial'; utteranceId: string; speakerId: string | null; text: string }
  /** Empty where there were no words. */
  | { type: 'transcript.final'; utteranceId: string; speakerId: string | null; text: string }
  | { type: 'response.started'; turnId: string }
  | { type: 'response.text-delta'; turnId: string; text: string }
  /** Mono PCM16, 24 kHz, 20 ms; of calls whose sound travels in messages. `seq` counts from 0 in each turn. */
  | { type: 'response.audio'; turnId: string; seq: number; samples: Int16Array }
  | { type: 'response.tool'; turnId: string; callId: string; name: string; status: VoiceToolStatus }
  | { type: 'response.interrupted'; turnId: string; heardText: string }
  | {
      type: 'response.done';
      turnId: string;
      outcome: VoiceTurnOutcome;
      /** Null where the model was stopped or never asked. */
      usage: Usage | null;
      timings: VoiceTimings;
    }
  | { type: 'call.state'; state: CallState }
  /** All who are in the call, whenever that has changed. */
  | { type: 'participants.changed'; participants: readonly Participant[] }
  /** Who of several speaks loudest; null when nobody does. */
  | { type: 'speaker.active'; participantId: string | null }
  /** What the other people say, mixed: mono PCM16, 24 kHz, 20 ms; to those whose sound travels in messages. */
  | { type: 'participants.audio'; samples: Int16Array }
  | { type: 'call.ended'; reason: CallEnd }
  /** The call goes on. */
  | { type: 'error'; error: CozyError; turnId: string | null; utteranceId: string | null };

/** Takes what a call tells; false when the client is too far behind, and sound is dropped. */
export type VoiceListener = (event: VoiceEvent) => boolean;
