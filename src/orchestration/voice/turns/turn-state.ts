import type { CallEnd, CallState } from '../voice-event.js';
import type { VoiceChanges } from '../voice-settings.js';

/** Something somebody says, from its first sound until it is known what it was. */
export interface Utterance {
  id: string;
  speakerId: string | null;
  isSpeaking: boolean;
  /** When the last sound of it came; null while it goes on. */
  endedAt: number | null;
}

/** What is to be answered. */
export interface TurnInput {
  text: string;
  speakerId: string | null;
  /** When the speech ended, or the text came. */
  at: number;
  /** When it was known what was said; null for typed text. */
  transcribedAt: number | null;
  /** Of what a function of the client's has come to: the call that it answers. */
  callId?: string;
}

/** How an answer that is due is to be given. */
export interface ResponseWish {
  instructions: string | null;
  /** For this answer alone. */
  settings?: VoiceChanges;
  /** The companion speaks first: nobody has said anything. */
  unasked?: boolean;
}

/** The turn that runs. */
export interface TurnResponse {
  turnId: string;
  isSpeaking: boolean;
  /** Utterances that may turn out to interrupt it: it holds its breath until that is known. */
  doubtedBy: readonly string[];
  /** All that will be said has been said. */
  isPlayed: boolean;
  /** The answer is stored. */
  isRecorded: boolean;
  /** The model, or the storing of its answer, has failed. */
  hasFailed: boolean;
  /** Text to speech has failed; told once. */
  isMute: boolean;
}

export interface TurnRules {
  /** Whether what is said is answered unasked. */
  respond: boolean;
  /** Whether speech interrupts. */
  interruptible: boolean;
  /** Milliseconds without words after which an interruption was a false one. */
  falseInterruptionMs: number;
  /** Milliseconds of silence that end the call. */
  idleMs: number;
  maxCallMs: number;
  /** How long a lost client may take to come back. */
  resumeMs: number;
}

export interface TurnState {
  rules: TurnRules;
  utterances: readonly Utterance[];
  /** Not answered yet. */
  pending: readonly TurnInput[];
  /** An answer is due. */
  wanted: ResponseWish | null;
  response: TurnResponse | null;
  isConnected: boolean;
  /** No turn begins any more. */
  isDraining: boolean;
  ended: CallEnd | null;
  /** Turns so far. */
  turns: number;
}

export const initialState = (rules: TurnRules): TurnState => ({
  rules,
  utterances: [],
  pending: [],
  wanted: null,
  response: null,
  isConnected: true,
  isDraining: false,
  ended: null,
  turns: 0,
});

/** Whether the answer's sound must wait. */
export const isHeld = ({ response, isConnected }: TurnState): boolean =>
  response !== null && (!isConnected || response.doubtedBy.length > 0);

/** The turn that waits for what was said meanwhile to turn out as words or as none; null where there is none. */
export function awaitsWords({ response, utterances }: TurnState): string | null {
  if (!response || response.doubtedBy.length === 0) return null;
  const goesOn = utterances.some(({ id, isSpeaking }) => isSpeaking && response.doubtedBy.includes(id));
  return goesOn ? null : response.turnId;
}

/** Nobody says anything and nothing is being done about it. */
export const isIdle = ({ response, utterances, isConnected, ended }: TurnState): boolean =>
  !ended && isConnected && response === null && utterances.length === 0;

export function callStateOf(state: TurnState): CallState {
  if (!state.response) return 'listening';
  if (isHeld(state)) return 'paused';
  return state.response.isSpeaking ? 'speaking' : 'thinking';
}
