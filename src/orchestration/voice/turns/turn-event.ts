import type { CozyError } from '../../../core/errors/cozy.error.js';
import type { CallEnd, VoiceEvent, VoiceToolStatus, VoiceTurnOutcome } from '../voice-event.js';
import type { TurnInput } from './turn-state.js';

/** `doubt`: no words have followed an interruption. */
export type TurnTimer = 'doubt' | 'idle' | 'too-long' | 'resume';

/** What happens to a call. Those of a turn or an utterance that is over change nothing. Times are the clock's. */
export type TurnEvent =
  | { type: 'call-started' }
  | { type: 'speech-started'; utteranceId: string; speakerId: string | null }
  | { type: 'speech-stopped'; utteranceId: string; endedAt: number }
  | { type: 'transcript-partial'; utteranceId: string; text: string }
  | { type: 'transcript-final'; utteranceId: string; text: string; at: number }
  | { type: 'transcript-failed'; utteranceId: string; error: CozyError }
  /** Answered at once where `respond`; else it waits for an answer to be wanted. */
  | { type: 'text-sent'; text: string; at: number; respond: boolean; speakerId?: string | null }
  | { type: 'response-wanted'; instructions: string | null }
  /** Of whichever turn runs where `turnId` is null. */
  | { type: 'response-cancelled'; turnId: string | null }
  | { type: 'text-came'; turnId: string; text: string }
  | { type: 'tool-moved'; turnId: string; callId: string; name: string; status: VoiceToolStatus }
  /** The model has said all that it will. */
  | { type: 'text-ended'; turnId: string; error: CozyError | undefined }
  | { type: 'sound-started'; turnId: string }
  | { type: 'sound-failed'; turnId: string; error: CozyError }
  /** All of the answer has left. */
  | { type: 'played-out'; turnId: string }
  | { type: 'recorded'; turnId: string; error: CozyError | undefined }
  | { type: 'time-passed'; timer: TurnTimer }
  | { type: 'connection-lost' }
  | { type: 'connection-resumed' }
  | { type: 'rules-changed'; respond: boolean; interruptible: boolean }
  /** The call ends as soon as nothing is being answered. */
  | { type: 'server-draining' }
  | { type: 'call-ended'; reason: CallEnd };

export type EventOf<Type extends TurnEvent['type']> = Extract<TurnEvent, { type: Type }>;

export type Apology = 'not-understood' | 'no-answer';

/** What is to be done about it, in this order. */
export type TurnEffect =
  | { type: 'tell'; event: VoiceEvent }
  | { type: 'transcribe'; utteranceId: string }
  | { type: 'drop-utterance'; utteranceId: string }
  | { type: 'begin-turn'; turnId: string; inputs: readonly TurnInput[]; instructions: string | null }
  /** A turn that is nothing but an apology. */
  | { type: 'begin-apology'; turnId: string; apology: Apology }
  /** Nothing more will be said, but for the apology. */
  | { type: 'finish-speech'; turnId: string; apology: Apology | null }
  /** At once: the model, its voice and what waits to be heard. What was heard is kept. */
  | { type: 'stop-turn'; turnId: string; outcome: 'interrupted' | 'cancelled' }
  | { type: 'end-turn'; turnId: string; outcome: Extract<VoiceTurnOutcome, 'completed' | 'failed'> }
  | { type: 'pause-sound' }
  | { type: 'resume-sound' }
  | { type: 'start-timer'; timer: TurnTimer; milliseconds: number }
  | { type: 'cancel-timer'; timer: TurnTimer }
  | { type: 'count'; what: 'barge-in' | 'false-interruption' }
  | { type: 'end-call'; reason: CallEnd };
