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
  | 'worker-died'
  | 'media-closed'
  | 'shutting-down'
  | 'failed';

/** `waiting`: for somebody's approval. */
export type VoiceToolStatus = 'running' | 'waiting' | 'done' | 'failed';

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
  | { type: 'call.ended'; reason: CallEnd }
  /** The call goes on. */
  | { type: 'error'; error: CozyError; turnId: string | null; utteranceId: string | null };

/** Takes what a call tells; false when the client is too far behind, and sound is dropped. */
export type VoiceListener = (event: VoiceEvent) => boolean;
