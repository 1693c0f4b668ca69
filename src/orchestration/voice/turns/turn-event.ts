import type { CozyError } from '../../../core/errors/cozy.error.js';
import type { CallEnd, VoiceCallPiece, VoiceEvent, VoiceToolStatus, VoiceTurnOutcome } from '../voice-event.js';
import type { ResponseWish, TurnInput, Utterance } from './turn-state.js';

/** `doubt`: no words have followed an interruption. */
export type TurnTimer = 'doubt' | 'idle' | 'too-long' | 'resume';

/** What happens to a call. Those of a turn or an utterance that is over change nothing. Times are the clock's. */
export type TurnEvent =
  | { type: 'call-started' }
  /** `soundMs`: of all that was heard so far, where it began or ended. */
  | { type: 'speech-started'; utteranceId: string; speakerId: string | null; soundMs?: number }
  | { type: 'speech-stopped'; utteranceId: string; endedAt: number; soundMs?: number }
  /** Push to talk: somebody speaks, and has not said yet that they have finished. */
  | { type: 'sound-kept' }
  | { type: 'transcript-partial'; utteranceId: string; text: string }
  | { type: 'transcript-final'; utteranceId: string; text: string; at: number }
  | { type: 'transcript-failed'; utteranceId: string; error: CozyError }
  /** Answered at once where `respond`; else it waits for an answer to be wanted. */
  | { type: 'text-sent'; text: string; at: number; respond: boolean; speakerId?: string | null; callId?: string }
  | ({ type: 'response-wanted' } & ResponseWish)
  /** Of whichever turn runs where `turnId` is null. */
  | { type: 'response-cancelled'; turnId: string | null; heardMs?: number }
  | { type: 'text-came'; turnId: string; text: string }
  | { type: 'tool-moved'; turnId: string; callId: string; name: string; status: VoiceToolStatus }
  /** The model calls one of the client's functions; its pieces come in order. */
  | { type: 'call-came'; turnId: string; call: VoiceCallPiece }
  /** The calls are whole. */
  | { type: 'calls-ended'; turnId: string }
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
  | ({ type: 'begin-turn'; turnId: string; inputs: readonly TurnInput[] } & ResponseWish)
  /** A turn that is nothing but an apology. */
  | { type: 'begin-apology'; turnId: string; apology: Apology }
  /** Nothing more will be said, but for the apology. */
  | { type: 'finish-speech'; turnId: string; apology: Apology | null }
  /** At once: the model, its voice and what waits to be heard. What was heard is kept. */
  | { type: 'stop-turn'; turnId: string; outcome: 'interrupted' | 'cancelled'; heardMs?: number }
  | { type: 'end-turn'; turnId: string; outcome: Extract<VoiceTurnOutcome, 'completed' | 'failed'> }
  | { type: 'pause-sound' }
  | { type: 'resume-sound' }
  | { type: 'start-timer'; timer: TurnTimer; milliseconds: number }
  | { type: 'cancel-timer'; timer: TurnTimer }
  | { type: 'count'; what: 'barge-in' | 'false-interruption' }
  /** What was said and is not answered any more is kept: `inputs` as a turn of this id, and what comes of `utterances`. */
  | {
      type: 'end-call';
      reason: CallEnd;
      turnId: string;
      inputs: readonly TurnInput[];
      utterances: readonly Utterance[];
    };
