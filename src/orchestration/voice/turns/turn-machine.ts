import type { CallEnd } from '../voice-event.js';
import { TurnDraft } from './turn-draft.js';
import type { EventOf, TurnEffect, TurnEvent, TurnTimer } from './turn-event.js';
import {
  beginDueTurn,
  onCancelled,
  onPlayedOut,
  onRecorded,
  onSoundFailed,
  onTextEnded,
  onTextSent,
  onWanted,
  stayAwake,
  stopTurn,
} from './turn-responses.js';
import { awaitsWords, callStateOf, isHeld, isIdle, type TurnState, type Utterance } from './turn-state.js';
import { dropDoubt, onFailed, onFinal, onPartial, onSpeechStarted, onSpeechStopped } from './turn-utterances.js';

export interface TurnStep {
  state: TurnState;
  effects: TurnEffect[];
}

const TIMERS: readonly TurnTimer[] = ['doubt', 'idle', 'too-long', 'resume'];

/**
 * What becomes of a call when something happens: no clock, no socket, no promise. Turns are numbered, every turn that
 * begins is stopped or ended once, and one that is over is not heard of again.
 */
export function reduce(before: TurnState, event: TurnEvent): TurnStep {
  if (before.ended) return { state: before, effects: [] };
  const draft = new TurnDraft(before);
  apply(draft, event);
  if (draft.state.isDraining) endWhenQuiet(draft);
  else beginDueTurn(draft);
  settle(before, draft);
  return { state: draft.state, effects: draft.effects };
}

/** What follows from the state alone, whatever brought it about. */
function settle(before: TurnState, draft: TurnDraft): void {
  const { state } = draft;
  if (state.ended) return;
  if (isHeld(state) !== isHeld(before)) draft.do({ type: isHeld(state) ? 'pause-sound' : 'resume-sound' });
  const call = callStateOf(state);
  if (call !== callStateOf(before)) draft.tell({ type: 'call.state', state: call });
  setTimer(draft, 'idle', isIdle(before), isIdle(state), state.rules.idleMs);
  setTimer(draft, 'doubt', awaitsWords(before), awaitsWords(state), state.rules.falseInterruptionMs);
}

function setTimer<Value>(draft: TurnDraft, timer: TurnTimer, before: Value, after: Value, milliseconds: number): void {
  if (before === after) return;
  draft.do(after ? { type: 'start-timer', timer, milliseconds } : { type: 'cancel-timer', timer });
}

type Handlers = { [Type in TurnEvent['type']]: (draft: TurnDraft, event: EventOf<Type>) => void };

const HANDLERS: Handlers = {
  'call-started': (draft) => {
    const { rules } = draft.state;
    draft.do({ type: 'start-timer', timer: 'too-long', milliseconds: rules.maxCallMs });
    draft.do({ type: 'start-timer', timer: 'idle', milliseconds: rules.idleMs });
  },
  'speech-started': onSpeechStarted,
  'speech-stopped': onSpeechStopped,
  'sound-kept': stayAwake,
  'transcript-partial': onPartial,
  'transcript-final': onFinal,
  'transcript-failed': onFailed,
  'text-sent': onTextSent,
  'response-wanted': onWanted,
  'response-cancelled': onCancelled,
  'text-came': (draft, { turnId, text }) => {
    if (draft.response(turnId)) draft.tell({ type: 'response.text-delta', turnId, text });
  },
  'tool-moved': (draft, event) => {
    if (draft.response(event.turnId)) draft.tell({ ...event, type: 'response.tool' });
  },
  'call-came': (draft, { turnId, call }) => {
    if (draft.response(turnId)) draft.tell({ type: 'response.call', turnId, ...call });
  },
  'calls-ended': (draft, { turnId }) => {
    if (draft.response(turnId)) draft.tell({ type: 'response.calls-done', turnId });
  },
  'text-ended': onTextEnded,
  'sound-started': (draft, { turnId }) => {
    if (draft.response(turnId)) draft.setResponse({ isSpeaking: true });
  },
  'sound-failed': onSoundFailed,
  'played-out': onPlayedOut,
  recorded: onRecorded,
  'time-passed': onTime,
  'connection-lost': (draft) => {
    const { isConnected, rules } = draft.state;
    if (isConnected) draft.do({ type: 'start-timer', timer: 'resume', milliseconds: rules.resumeMs });
    draft.set({ isConnected: false });
  },
  'connection-resumed': (draft) => {
    draft.set({ isConnected: true });
    draft.do({ type: 'cancel-timer', timer: 'resume' });
  },
  'rules-changed': (draft, { respond, interruptible }) =>
    draft.set({ rules: { ...draft.state.rules, respond, interruptible } }),
  'server-draining': (draft) => draft.set({ isDraining: true }),
  'call-ended': (draft, { reason }) => endCall(draft, reason),
};

function apply<Type extends TurnEvent['type']>(draft: TurnDraft, event: EventOf<Type> & { type: Type }): void {
  HANDLERS[event.type](draft, event);
}

function onTime(draft: TurnDraft, { timer }: EventOf<'time-passed'>): void {
  switch (timer) {
    case 'doubt':
      return awaitsWords(draft.state) ? dropDoubt(draft, draft.state.response?.doubtedBy ?? []) : undefined;
    case 'idle':
      return isIdle(draft.state) ? endCall(draft, 'idle') : undefined;
    case 'too-long':
      return endCall(draft, 'too-long');
    case 'resume':
      return draft.state.isConnected ? undefined : endCall(draft, 'connection-lost');
  }
}

/** Nobody is waited for who is away. */
function endWhenQuiet(draft: TurnDraft): void {
  const { response, isConnected, ended } = draft.state;
  if (!ended && (!response || !isConnected)) endCall(draft, 'shutting-down');
}

function endCall(draft: TurnDraft, reason: CallEnd): void {
  stopTurn(draft, 'cancelled');
  const { response, pending } = draft.state;
  // What is only being stored still is; it is told as what it was.
  if (response) {
    draft.do({ type: 'end-turn', turnId: response.turnId, outcome: response.hasFailed ? 'failed' : 'completed' });
  }
  const utterances = wordsWanted(draft, reason);
  draft.do(...TIMERS.map((timer) => ({ type: 'cancel-timer' as const, timer })));
  draft.set({ response: null, utterances: [], pending: [], wanted: null, ended: reason });
  draft.tell({ type: 'call.ended', reason });
  draft.do({ type: 'end-call', reason, turnId: `turn_${draft.state.turns + 1}`, inputs: pending, utterances });
}

/** Whoever hangs up while they speak has said it. Of those who are signed out nothing more is asked of others. */
function wordsWanted(draft: TurnDraft, reason: CallEnd): readonly Utterance[] {
  const { utterances } = draft.state;
  if (reason !== 'signed-out') return utterances;
  draft.do(...utterances.map(({ id }) => ({ type: 'drop-utterance' as const, utteranceId: id })));
  return [];
}
