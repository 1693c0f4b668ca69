import { CozyError } from '../../../core/errors/cozy.error.js';
import type { TurnDraft } from './turn-draft.js';
import type { Apology, EventOf } from './turn-event.js';
import { isIdle, type TurnResponse } from './turn-state.js';

const open = (turnId: string): TurnResponse => ({
  turnId,
  isSpeaking: false,
  doubtedBy: [],
  isPlayed: false,
  isRecorded: false,
  hasFailed: false,
  isMute: false,
});

function nextTurnId(draft: TurnDraft): string {
  const turns = draft.state.turns + 1;
  draft.set({ turns });
  return `turn_${turns}`;
}

/**
 * Begins the turn that is due: speech waits until all that is being said is known, typed text does not. What is
 * being said while a turn begins may interrupt it.
 */
export function beginDueTurn(draft: TurnDraft): void {
  const { wanted, response, utterances, pending, rules, ended } = draft.state;
  if (!wanted || response || ended) return;
  const isTyped = pending.some(({ transcribedAt }) => transcribedAt === null);
  if (utterances.length > 0 && !isTyped) return;
  const turnId = nextTurnId(draft);
  const speaking = utterances.filter(({ isSpeaking }) => isSpeaking).map(({ id }) => id);
  draft.set({ response: open(turnId), pending: [], wanted: null });
  draft.tell({ type: 'response.started', turnId });
  draft.do({ type: 'begin-turn', turnId, inputs: pending, ...wanted });
  if (rules.interruptible) draft.setResponse({ doubtedBy: speaking });
}

/** Says that nothing was understood, where nothing better is going on. */
export function apologise(draft: TurnDraft, apology: Apology): void {
  const { response, utterances, wanted } = draft.state;
  if (response || wanted || utterances.length > 0) return;
  const turnId = nextTurnId(draft);
  draft.set({ response: { ...open(turnId), isRecorded: true, hasFailed: true } });
  draft.tell({ type: 'response.started', turnId });
  draft.do({ type: 'begin-apology', turnId, apology });
}

/** Stops the running turn at once. One that has said everything is only being stored, and is let be. */
export function stopTurn(draft: TurnDraft, outcome: 'interrupted' | 'cancelled', heardMs?: number): boolean {
  const { response } = draft.state;
  if (!response || response.isPlayed) return false;
  draft.set({ response: null });
  draft.do({ type: 'stop-turn', turnId: response.turnId, outcome, ...(heardMs !== undefined && { heardMs }) });
  return true;
}

export function onTextEnded(draft: TurnDraft, { turnId, error }: EventOf<'text-ended'>): void {
  if (!draft.response(turnId)) return;
  if (error) {
    draft.setResponse({ hasFailed: true });
    draft.tell({ type: 'error', error, turnId, utteranceId: null });
  }
  draft.do({ type: 'finish-speech', turnId, apology: owesApology(error) ? 'no-answer' : null });
}

/** What was asked for wrongly is told, and is nothing to be sorry for. */
const owesApology = (error: CozyError | undefined) => error !== undefined && !error.code.startsWith('VALIDATION_');

/** The text goes on without its sound. */
export function onSoundFailed(draft: TurnDraft, { turnId, error }: EventOf<'sound-failed'>): void {
  if (draft.response(turnId)?.isMute !== false) return;
  draft.setResponse({ isMute: true });
  draft.tell({ type: 'error', error, turnId, utteranceId: null });
}

export function onPlayedOut(draft: TurnDraft, { turnId }: EventOf<'played-out'>): void {
  if (!draft.response(turnId)) return;
  draft.setResponse({ isPlayed: true, doubtedBy: [] });
  endWhenDone(draft);
}

export function onRecorded(draft: TurnDraft, { turnId, error }: EventOf<'recorded'>): void {
  const response = draft.response(turnId);
  if (!response) return;
  // Where the model failed, that has been told.
  if (error && !response.hasFailed) draft.tell({ type: 'error', error, turnId, utteranceId: null });
  draft.setResponse({ isRecorded: true, hasFailed: response.hasFailed || error !== undefined });
  endWhenDone(draft);
}

function endWhenDone(draft: TurnDraft): void {
  const { response } = draft.state;
  if (!response?.isPlayed || !response.isRecorded) return;
  draft.set({ response: null });
  draft.do({ type: 'end-turn', turnId: response.turnId, outcome: response.hasFailed ? 'failed' : 'completed' });
}

/** Typed text that is to be answered now ends the answer that runs. */
export function onTextSent(draft: TurnDraft, event: EventOf<'text-sent'>): void {
  const { text, at, respond, speakerId = null, callId } = event;
  const input = { text, speakerId, at, transcribedAt: null, ...(callId !== undefined && { callId }) };
  if (!draft.addInput(input, respond)) {
    const error = new CozyError('RATE_LIMIT_EXCEEDED', { message: 'Too much waits for an answer already.' });
    return draft.tell({ type: 'error', error, turnId: null, utteranceId: null });
  }
  stayAwake(draft);
  if (respond) stopTurn(draft, 'interrupted');
}

/** Somebody has said something, though nothing else comes of it: the silence that ends a call begins anew. */
export function stayAwake(draft: TurnDraft): void {
  if (!isIdle(draft.state)) return;
  draft.do({ type: 'start-timer', timer: 'idle', milliseconds: draft.state.rules.idleMs });
}

/** Without anything new, one answer at a time. */
export function onWanted(draft: TurnDraft, { type: _type, ...wanted }: EventOf<'response-wanted'>): void {
  const { response, pending, utterances } = draft.state;
  if (!response || pending.length > 0 || utterances.length > 0) return draft.set({ wanted });
  const error = new CozyError('RESOURCE_CONFLICT', { message: 'An answer is being given already.' });
  draft.tell({ type: 'error', error, turnId: response.turnId, utteranceId: null });
}

export function onCancelled(draft: TurnDraft, { turnId, heardMs }: EventOf<'response-cancelled'>): void {
  const { response } = draft.state;
  if (response && (turnId === null || turnId === response.turnId)) stopTurn(draft, 'cancelled', heardMs);
}
