import type { CallEvent, CompanionState, Timings } from './call-event.js';

export type Transport = 'webrtc' | 'socket';

/** What went wrong, in plain words; `hint` says what can be done about it. */
export interface Problem {
  text: string;
  hint: string | null;
}

/** `partial` may still change; `streaming` grows; `interrupted` was not heard to its end. */
export type LineState = 'partial' | 'said' | 'streaming' | 'spoken' | 'interrupted' | 'failed';

/** Something said in the call. */
export interface Line {
  key: string;
  who: 'user' | 'companion';
  text: string;
  state: LineState;
  /** Of an interrupted answer: as far as it was heard. Null where the server did not tell. */
  heard: string | null;
  tools: string[];
  timings: Timings;
  at: string;
}

export interface CallState {
  phase: 'idle' | 'dialling' | 'on' | 'reconnecting' | 'ended';
  transport: Transport | null;
  /** Why it is not the transport that was asked for. */
  fellBack: boolean;
  companion: CompanionState;
  userSpeaking: boolean;
  lines: Line[];
  problem: Problem | null;
  endReason: string | null;
}

export type CallAction =
  | { type: 'dialled' }
  | { type: 'connected'; transport: Transport; fellBack: boolean }
  | { type: 'lost' }
  | { type: 'resumed' }
  | { type: 'typed'; key: string; text: string; at: string }
  | { type: 'told'; event: CallEvent; problem: Problem | null; at: string }
  /** Something did not work, and the call goes on. */
  | { type: 'noticed'; problem: Problem | null }
  /** The call did not come about, or cannot go on. */
  | { type: 'failed'; problem: Problem }
  | { type: 'hung-up' }
  /** The chat shows the stored messages now. */
  | { type: 'cleared' };

export const NO_CALL: CallState = {
  phase: 'idle',
  transport: null,
  fellBack: false,
  companion: 'listening',
  userSpeaking: false,
  lines: [],
  problem: null,
  endReason: null,
};

export const isOpen = ({ phase }: CallState): boolean => phase !== 'idle' && phase !== 'ended';

const blank: Pick<Line, 'heard' | 'tools' | 'timings'> = { heard: null, tools: [], timings: {} };

/** Changes the line of a key, or begins it. */
function put(lines: Line[], line: Line, change: (line: Line) => Line): Line[] {
  if (!lines.some(({ key }) => key === line.key)) return [...lines, change(line)];
  return lines.map((one) => (one.key === line.key ? change(one) : one));
}

const userLine = (utteranceId: string, at: string): Line => ({
  ...blank,
  key: `said-${utteranceId}`,
  who: 'user',
  text: '',
  state: 'partial',
  at,
});

const answerLine = (turnId: string, at: string): Line => ({
  ...blank,
  key: `answer-${turnId}`,
  who: 'companion',
  text: '',
  state: 'streaming',
  at,
});

/** Noise that was no speech, and what was never answered, leave no empty bubble. */
const withoutEmpty = (lines: Line[]): Line[] => lines.filter(({ text, state }) => text !== '' || state === 'streaming');

function heardText(line: Line, heard: string): Line {
  return { ...line, state: 'interrupted', heard };
}

function finished(line: Line, { outcome, timings }: Extract<CallEvent, { type: 'response-done' }>): Line {
  if (outcome === 'failed') return { ...line, state: 'failed', timings };
  if (outcome === 'completed') return { ...line, state: 'spoken', timings };
  return { ...line, state: 'interrupted', timings };
}

function linesAfter(lines: Line[], event: CallEvent, at: string): Line[] {
  switch (event.type) {
    case 'transcript': {
      const { utteranceId, text, isFinal } = event;
      const said = put(lines, userLine(utteranceId, at), (line) => ({
        ...line,
        text,
        state: isFinal ? 'said' : 'partial',
      }));
      return isFinal ? withoutEmpty(said) : said;
    }
    case 'response-started':
      return put(lines, answerLine(event.turnId, at), (line) => line);
    case 'response-text':
      return put(lines, answerLine(event.turnId, at), (line) => ({ ...line, text: line.text + event.text }));
    case 'response-tool':
      return put(lines, answerLine(event.turnId, at), (line) => ({
        ...line,
        tools: [...new Set([...line.tools, event.name])],
      }));
    case 'response-interrupted':
      return put(lines, answerLine(event.turnId, at), (line) => heardText(line, event.heard));
    case 'response-done':
      return withoutEmpty(put(lines, answerLine(event.turnId, at), (line) => finished(line, event)));
    case 'ready':
    case 'speech-started':
    case 'speech-stopped':
    case 'state':
    case 'ended':
    case 'error':
      return lines;
    default:
      return event satisfies never;
  }
}

/** What was going on when the call ended will not go on. */
function settled(lines: Line[]): Line[] {
  const ended: Partial<Record<LineState, LineState>> = { partial: 'said', streaming: 'interrupted' };
  return lines.filter(({ text }) => text !== '').map((line) => ({ ...line, state: ended[line.state] ?? line.state }));
}

function told(state: CallState, { event, problem, at }: Extract<CallAction, { type: 'told' }>): CallState {
  const lines = linesAfter(state.lines, event, at);
  switch (event.type) {
    case 'ready':
      return { ...state, companion: event.state ?? state.companion };
    case 'speech-started':
      return { ...state, userSpeaking: true };
    case 'speech-stopped':
      return { ...state, userSpeaking: false };
    case 'state':
      return { ...state, companion: event.state };
    case 'ended':
      return { ...state, phase: 'ended', userSpeaking: false, lines: settled(lines), endReason: event.reason, problem };
    case 'error':
      return { ...state, problem };
    case 'transcript':
      // Something new was understood: what went wrong before is over. The apology for it is no such sign.
      return { ...state, lines, problem: event.isFinal && event.text ? null : state.problem };
    default:
      return { ...state, lines };
  }
}

/** The whole call as a function of what happened: nothing is read back across an await. */
export function callState(state: CallState, action: CallAction): CallState {
  switch (action.type) {
    case 'dialled':
      return { ...NO_CALL, phase: 'dialling', lines: state.lines };
    case 'connected':
      if (!isOpen(state)) return state;
      return { ...state, phase: 'on', transport: action.transport, fellBack: action.fellBack };
    case 'lost':
      return state.phase === 'on' ? { ...state, phase: 'reconnecting', userSpeaking: false } : state;
    case 'resumed':
      return state.phase === 'reconnecting' ? { ...state, phase: 'on' } : state;
    case 'typed': {
      const { key, text, at } = action;
      return {
        ...state,
        problem: null,
        lines: [...state.lines, { ...blank, key, who: 'user', text, state: 'said', at }],
      };
    }
    case 'told':
      return isOpen(state) ? told(state, action) : state;
    case 'noticed':
      return { ...state, problem: action.problem };
    case 'failed':
      if (!isOpen(state)) return state;
      return { ...state, phase: 'ended', lines: settled(state.lines), problem: action.problem };
    case 'hung-up':
      return isOpen(state)
        ? { ...state, phase: 'ended', userSpeaking: false, lines: settled(state.lines), endReason: 'client' }
        : state;
    case 'cleared':
      return isOpen(state) ? state : { ...state, lines: [] };
    default:
      return action satisfies never;
  }
}

const STAGES: [string, string][] = [
  ['transcript_final', 'understood'],
  ['llm_first_token', 'first word'],
  ['tts_first_byte', 'first sound made'],
  ['first_audio_out', 'first sound sent'],
];

/** The milestones that a turn has passed, in order, with what they are called. */
export function stagesOf(timings: Timings): { label: string; ms: number }[] {
  return STAGES.flatMap(([name, label]) => {
    const ms = timings[name];
    return typeof ms === 'number' ? [{ label, ms }] : [];
  });
}

/** The text of an interrupted answer in two: what was heard, and what was not. */
export function heardParts({ text, state, heard }: Line): { heard: string; unheard: string } {
  if (state !== 'interrupted' || heard === null) return { heard: text, unheard: '' };
  const start = heard.trim();
  const at = text.indexOf(start);
  // Worded differently from what was written, as numbers and marks are: only what was heard is certain then.
  if (at < 0) return { heard: start, unheard: '' };
  return { heard: text.slice(0, at + start.length), unheard: text.slice(at + start.length) };
}
