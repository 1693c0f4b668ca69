import { ApiError, errorFromBody } from '../api-error.js';

/** Whether the companion waits, thinks, speaks, or holds its breath because somebody else does. */
export type CompanionState = 'listening' | 'thinking' | 'speaking' | 'paused';

export type TurnOutcome = 'completed' | 'interrupted' | 'cancelled' | 'failed';

/** Milliseconds since the speech ended; null for what did not happen. */
export type Timings = Record<string, number | null>;

/** Somebody in the call. */
export interface CallPerson {
  id: string;
  name: string;
  isGuest: boolean;
  /** Of a microphone that can be heard over WebRTC. */
  producerId: string | null;
}

/** What the server tells of a call, as far as it is shown. */
export type CallEvent =
  | { type: 'ready'; callId: string | null; state: CompanionState | null }
  | { type: 'speech-started'; utteranceId: string }
  | { type: 'speech-stopped'; utteranceId: string }
  | { type: 'transcript'; utteranceId: string; speakerId: string; text: string; isFinal: boolean }
  | { type: 'response-started'; turnId: string }
  | { type: 'response-text'; turnId: string; text: string }
  | { type: 'response-tool'; turnId: string; name: string; status: string }
  | { type: 'response-interrupted'; turnId: string; heard: string }
  | { type: 'response-done'; turnId: string; outcome: TurnOutcome; timings: Timings }
  | { type: 'state'; state: CompanionState }
  | { type: 'people'; people: CallPerson[] }
  | { type: 'speaker'; personId: string | null }
  | { type: 'ended'; reason: string }
  | { type: 'error'; error: ApiError };

/** The names on the wire; `response.audio` goes to the loudspeaker and never through here. */
export const CALL_EVENTS = [
  'call.ready',
  'speech.started',
  'speech.stopped',
  'transcript.partial',
  'transcript.final',
  'response.started',
  'response.text-delta',
  'response.tool',
  'response.interrupted',
  'response.done',
  'call.state',
  'participants.changed',
  'speaker.active',
  'call.ended',
  'error',
] as const;

const STATES = ['listening', 'thinking', 'speaking', 'paused'] as const;
const OUTCOMES = ['completed', 'interrupted', 'cancelled', 'failed'] as const;

type Body = Record<string, unknown>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const oneOf = <T extends string>(known: readonly T[], value: unknown): T | null =>
  known.find((one) => one === value) ?? null;

function timingsOf(value: unknown): Timings {
  const pairs = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(pairs.map(([name, ms]) => [name, typeof ms === 'number' ? ms : null]));
}

/** The error stands in `error`, or is the body itself where a message was refused. */
function errorOf(body: Body): ApiError {
  return errorFromBody('error' in body ? body : { error: body }, 0);
}

function stateEvent(body: Body): CallEvent | null {
  const state = oneOf(STATES, body.state);
  return state && { type: 'state', state };
}

const isBody = (value: unknown): value is Body => typeof value === 'object' && value !== null;

/** Of `participants.changed`, and of what a call is begun or taken up with. */
export const peopleOf = ({ participants }: Body): CallPerson[] =>
  (Array.isArray(participants) ? participants : []).filter(isBody).map((person) => ({
    id: textOf(person.participant_id),
    name: textOf(person.name),
    isGuest: person.role === 'guest',
    producerId: textOf(person.producer_id) || null,
  }));

type Reader = (body: Body) => CallEvent | null;

const turnOf = ({ turn_id }: Body): string => textOf(turn_id);
const utteranceOf = ({ utterance_id }: Body): string => textOf(utterance_id);

const READERS: Record<(typeof CALL_EVENTS)[number], Reader> = {
  'call.ready': (body) => ({ type: 'ready', callId: textOf(body.call_id) || null, state: oneOf(STATES, body.state) }),
  'speech.started': (body) => ({ type: 'speech-started', utteranceId: utteranceOf(body) }),
  'speech.stopped': (body) => ({ type: 'speech-stopped', utteranceId: utteranceOf(body) }),
  'transcript.partial': (body) => transcriptOf(body, false),
  'transcript.final': (body) => transcriptOf(body, true),
  'response.started': (body) => ({ type: 'response-started', turnId: turnOf(body) }),
  'response.text-delta': (body) => ({ type: 'response-text', turnId: turnOf(body), text: textOf(body.text) }),
  'response.tool': (body) => ({
    type: 'response-tool',
    turnId: turnOf(body),
    name: textOf(body.name),
    status: textOf(body.status),
  }),
  'response.interrupted': (body) => ({
    type: 'response-interrupted',
    turnId: turnOf(body),
    heard: textOf(body.heard_text),
  }),
  'response.done': (body) => ({
    type: 'response-done',
    turnId: turnOf(body),
    outcome: oneOf(OUTCOMES, body.outcome) ?? 'completed',
    timings: timingsOf(body.timings),
  }),
  'call.state': stateEvent,
  'participants.changed': (body) => ({ type: 'people', people: peopleOf(body) }),
  'speaker.active': (body) => ({ type: 'speaker', personId: textOf(body.participant_id) || null }),
  'call.ended': (body) => ({ type: 'ended', reason: textOf(body.reason) || 'failed' }),
  error: (body) => ({ type: 'error', error: errorOf(body) }),
};

const transcriptOf = (body: Body, isFinal: boolean): CallEvent => ({
  type: 'transcript',
  utteranceId: utteranceOf(body),
  speakerId: textOf(body.speaker_id),
  text: textOf(body.text),
  isFinal,
});

/** Null for what this page does not know: a newer server may tell more. */
export function readCallEvent(name: string, body: unknown): CallEvent | null {
  const reader = Object.hasOwn(READERS, name) ? READERS[name as keyof typeof READERS] : undefined;
  if (!reader || typeof body !== 'object' || body === null) return null;
  return reader(body as Body);
}
