import { CozyError } from '../../../core/errors/cozy.error.js';
import type { TurnDraft } from './turn-draft.js';
import type { EventOf } from './turn-event.js';
import { apologise, stopTurn } from './turn-responses.js';

const hasWords = (text: string) => /[\p{L}\p{N}]/u.test(text);

/** What somebody said, trimmed; empty where there is no word in it, only noise that was written down as signs. */
export const wordsOf = (text: string): string => (hasWords(text) ? text.trim() : '');

/** Somebody speaks: the companion holds its breath until it is known whether it is being interrupted. */
export function onSpeechStarted(
  draft: TurnDraft,
  { utteranceId: id, speakerId, soundMs }: EventOf<'speech-started'>,
): void {
  if (draft.utterance(id)) return;
  const { utterances, response, rules } = draft.state;
  draft.set({ utterances: [...utterances, { id, speakerId, isSpeaking: true, endedAt: null }] });
  draft.tell({ type: 'speech.started', utteranceId: id, speakerId, ...(soundMs !== undefined && { soundMs }) });
  draft.do({ type: 'transcribe', utteranceId: id });
  if (!response || response.isPlayed || !rules.interruptible) return;
  draft.setResponse({ doubtedBy: [...response.doubtedBy, id] });
}

export function onSpeechStopped(draft: TurnDraft, event: EventOf<'speech-stopped'>): void {
  const { utteranceId: id, endedAt, soundMs } = event;
  const utterance = draft.utterance(id);
  if (!utterance?.isSpeaking) return;
  draft.setUtterance(id, { isSpeaking: false, endedAt });
  const { speakerId } = utterance;
  draft.tell({ type: 'speech.stopped', utteranceId: id, speakerId, ...(soundMs !== undefined && { soundMs }) });
}

/** Nothing has come of what gave rise to doubt. */
export function dropDoubt(draft: TurnDraft, utteranceIds: readonly string[]): void {
  const { response } = draft.state;
  if (!response?.doubtedBy.some((id) => utteranceIds.includes(id))) return;
  const doubtedBy = response.doubtedBy.filter((id) => !utteranceIds.includes(id));
  draft.setResponse({ doubtedBy });
  if (doubtedBy.length === 0) draft.do({ type: 'count', what: 'false-interruption' });
}

/** Words have come: it is an interruption, whatever it was taken for before. */
function interrupt(draft: TurnDraft): void {
  const { interruptible } = draft.state.rules;
  if (interruptible && stopTurn(draft, 'interrupted')) draft.do({ type: 'count', what: 'barge-in' });
}

export function onPartial(draft: TurnDraft, { utteranceId: id, text }: EventOf<'transcript-partial'>): void {
  const utterance = draft.utterance(id);
  if (!utterance) return;
  draft.tell({ type: 'transcript.partial', utteranceId: id, speakerId: utterance.speakerId, text });
  if (hasWords(text)) interrupt(draft);
}

export function onFinal(draft: TurnDraft, { utteranceId: id, text, at }: EventOf<'transcript-final'>): void {
  const utterance = draft.utterance(id);
  if (!utterance) return;
  const { speakerId } = utterance;
  const said = wordsOf(text);
  draft.closeUtterance(id);
  draft.tell({ type: 'transcript.final', utteranceId: id, speakerId, text: said });
  if (said === '') return dropDoubt(draft, [id]);
  interrupt(draft);
  dropDoubt(draft, [id]);
  const input = { text: said, speakerId, at: utterance.endedAt ?? at, transcribedAt: at };
  if (draft.addInput(input, draft.state.rules.respond)) return;
  const error = new CozyError('RATE_LIMIT_EXCEEDED', { message: 'Too much waits for an answer already.' });
  draft.tell({ type: 'error', error, turnId: null, utteranceId: id });
}

export function onFailed(draft: TurnDraft, { utteranceId: id, error }: EventOf<'transcript-failed'>): void {
  if (!draft.utterance(id)) return;
  draft.closeUtterance(id);
  draft.tell({ type: 'error', error, turnId: null, utteranceId: id });
  dropDoubt(draft, [id]);
  apologise(draft, 'not-understood');
}
