import type { CallEvent, CallPerson, CompanionState, Timings } from './call-event.js';

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
  /** Of a guest who has said it. */
  guest: string | null;
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
  /** All who are in the call; of use where there are several. */
  people: CallPerson[];
  /** Who of several speaks. */
  speakerId: string | null;
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
  people: [],
  speakerId: null,
  lines: [],
  problem: null,
  endReason: null,
};

export const isOpen = ({ phase }: CallState): boolean => phase !== 'idle' && phase !== 'ended';

const blank: Pick<Line, 'guest' | 'heard' | 'tools' | 'timings'> = { guest: null, heard: null, tools: [], timings: {} };

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

function finished(line: Line, { outcome, timings }: Extract<CallEvent, { type: 'response-done' }>): Line {
  if (outcome === 'failed') return { ...line, state: 'failed', timings };
  if (outcome === 'completed') return { ...line, state: 'spoken', timings };
  return { ...line, state: 'interrupted', timings };
}

type EventOf<Type extends CallEvent['type']> = Extract<CallEvent, { type: Type }>;
type LineChanges = { [Type in CallEvent['type']]?: (lines: Line[], event: EventOf<Type>, at: string) => Line[] };

/** Of the events that say something. */
const LINE_CHANGES: LineChanges = {
  transcript: (lines, { utteranceId, text, isFinal }, at) => {
    const state = isFinal ? 'said' : 'partial';
    const said = put(lines, userLine(utteranceId, at), (line) => ({ ...line, text, state }));
    return isFinal ? withoutEmpty(said) : said;
  },
  'response-started': (lines, { turnId }, at) => put(lines, answerLine(turnId, at), (line) => line),
  'response-text': (lines, { turnId, text }, at) =>
    put(lines, answerLine(turnId, at), (line) => ({ ...line, text: line.text + text })),
  'response-tool': (lines, { turnId, name }, at) =>
    put(lines, answerLine(turnId, at), (line) => ({ ...line, tools: [...new Set([...line.tools, name])] })),
  'response-interrupted': (lines, { turnId, heard }, at) =>
    put(lines, answerLine(turnId, at), (line) => ({ ...line, state: 'interrupted', heard })),
  'response-done': (lines, event, at) =>
    withoutEmpty(put(lines, answerLine(event.turnId, at), (line) => finished(line, event))),
};

function linesAfter<Type extends CallEvent['type']>(
  lines: Line[],
  event: EventOf<Type> & { type: Type },
  at: string,
): Line[] {
  const apply = LINE_CHANGES[event.type];
  return apply ? apply(lines, event, at) : lines;
}

/** What was going on when the call ended will not go on. */
function settled(lines: Line[]): Line[] {
  const ended: Partial<Record<LineState, LineState>> = { partial: 'said', streaming: 'interrupted' };
  return lines.filter(({ text }) => text !== '').map((line) => ({ ...line, state: ended[line.state] ?? line.state }));
}

type Told = Extract<CallAction, { type: 'told' }>;
type Tellings = {
  [Type in CallEvent['type']]?: (state: CallState, event: EventOf<Type>, told: Told) => CallState;
};

function withGuest(state: CallState, utteranceId: string, speakerId: string): CallState {
  const guest = state.people.find(({ id, isGuest }) => isGuest && id === speakerId)?.name;
  if (!guest) return state;
  const key = `said-${utteranceId}`;
  return { ...state, lines: state.lines.map((line) => (line.key === key ? { ...line, guest } : line)) };
}

/** Of the events that are about the call itself. */
const TELLINGS: Tellings = {
  ready: (state, event) => ({ ...state, companion: event.state ?? state.companion }),
  'speech-started': (state) => ({ ...state, userSpeaking: true }),
  'speech-stopped': (state) => ({ ...state, userSpeaking: false }),
  state: (state, event) => ({ ...state, companion: event.state }),
  people: (state, { people }) => ({ ...state, people }),
  speaker: (state, { personId }) => ({ ...state, speakerId: personId }),
  // Something new was understood: what went wrong before is over. The apology for it is no such sign.
  transcript: (state, { isFinal, text, utteranceId, speakerId }) => {
    const named = withGuest(state, utteranceId, speakerId);
    return isFinal && text ? { ...named, problem: null } : named;
  },
  ended: (state, { reason }, { problem }) => ({ ...ended(state), endReason: reason, problem }),
  error: (state, _event, { problem }) => ({ ...state, problem }),
};

function told<Type extends CallEvent['type']>(
  state: CallState,
  event: EventOf<Type> & { type: Type },
  action: Told,
): CallState {
  const telling = TELLINGS[event.type];
  return telling ? telling(state, event, action) : state;
}

const ended = (state: CallState): CallState => ({
  ...state,
  phase: 'ended',
  userSpeaking: false,
  lines: settled(state.lines),
});

type ActionOf<Type extends CallAction['type']> = Extract<CallAction, { type: Type }>;
type Changes = { [Type in CallAction['type']]: (state: CallState, action: ActionOf<Type>) => CallState };

const CHANGES: Changes = {
  dialled: ({ lines }) => ({ ...NO_CALL, phase: 'dialling', lines }),
  connected: (state, { transport, fellBack }) =>
    isOpen(state) ? { ...state, phase: 'on', transport, fellBack } : state,
  lost: (state) => (state.phase === 'on' ? { ...state, phase: 'reconnecting', userSpeaking: false } : state),
  resumed: (state) => (state.phase === 'reconnecting' ? { ...state, phase: 'on' } : state),
  typed: (state, { key, text, at }) => ({
    ...state,
    problem: null,
    lines: [...state.lines, { ...blank, key, who: 'user', text, state: 'said', at }],
  }),
  told: (state, action) => {
    if (!isOpen(state)) return state;
    return told({ ...state, lines: linesAfter(state.lines, action.event, action.at) }, action.event, action);
  },
  noticed: (state, { problem }) => ({ ...state, problem }),
  failed: (state, { problem }) => (isOpen(state) ? { ...ended(state), problem } : state),
  'hung-up': (state) => (isOpen(state) ? { ...ended(state), endReason: 'client' } : state),
  cleared: (state) => (isOpen(state) ? state : { ...state, lines: [] }),
};

function changed<Type extends CallAction['type']>(
  state: CallState,
  action: ActionOf<Type> & { type: Type },
): CallState {
  return CHANGES[action.type](state, action);
}

/** The whole call as a function of what happened: nothing is read back across an await. */
export const callState = (state: CallState, action: CallAction): CallState => changed(state, action);

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
