import { CozyError } from '../../src/core/errors/cozy.error.js';
import { reduce } from '../../src/orchestration/voice/turns/turn-machine.js';
import type { TurnEffect, TurnEvent, TurnTimer } from '../../src/orchestration/voice/turns/turn-event.js';
import type { CallEnd } from '../../src/orchestration/voice/voice-event.js';
import {
  callStateOf,
  initialState,
  type TurnRules,
  type TurnState,
} from '../../src/orchestration/voice/turns/turn-state.js';

export const RULES: TurnRules = {
  respond: true,
  interruptible: true,
  falseInterruptionMs: 2000,
  idleMs: 120_000,
  maxCallMs: 3_600_000,
  resumeMs: 30_000,
};

const error = new CozyError('ENGINE_UNAVAILABLE');
const turn = (turnId: string) => ({ turnId });

/** Events in short: of utterance `u`, of turn `turn_<n>`. */
export const on = {
  begins: (u: string): TurnEvent => ({ type: 'speech-started', utteranceId: u, speakerId: null }),
  stops: (u: string): TurnEvent => ({ type: 'speech-stopped', utteranceId: u, endedAt: 1 }),
  partial: (u: string, text: string): TurnEvent => ({ type: 'transcript-partial', utteranceId: u, text }),
  final: (u: string, text: string): TurnEvent => ({ type: 'transcript-final', utteranceId: u, text, at: 2 }),
  lost: (u: string): TurnEvent => ({ type: 'transcript-failed', utteranceId: u, error }),
  typed: (text: string, respond = true): TurnEvent => ({ type: 'text-sent', text, at: 3, respond }),
  wanted: (): TurnEvent => ({ type: 'response-wanted', instructions: null }),
  cancelled: (n: number | null = null): TurnEvent => ({
    type: 'response-cancelled',
    turnId: n === null ? null : `turn_${n}`,
  }),
  text: (n: number): TurnEvent => ({ type: 'text-came', ...turn(`turn_${n}`), text: 'x' }),
  tool: (n: number): TurnEvent => ({
    type: 'tool-moved',
    ...turn(`turn_${n}`),
    callId: 'c',
    name: 't',
    status: 'done',
  }),
  ended: (n: number, failed = false): TurnEvent => ({
    type: 'text-ended',
    ...turn(`turn_${n}`),
    error: failed ? error : undefined,
  }),
  sound: (n: number): TurnEvent => ({ type: 'sound-started', ...turn(`turn_${n}`) }),
  muted: (n: number): TurnEvent => ({ type: 'sound-failed', ...turn(`turn_${n}`), error }),
  played: (n: number): TurnEvent => ({ type: 'played-out', ...turn(`turn_${n}`) }),
  recorded: (n: number, failed = false): TurnEvent => ({
    type: 'recorded',
    ...turn(`turn_${n}`),
    error: failed ? error : undefined,
  }),
  time: (timer: TurnTimer): TurnEvent => ({ type: 'time-passed', timer }),
  gone: (): TurnEvent => ({ type: 'connection-lost' }),
  back: (): TurnEvent => ({ type: 'connection-resumed' }),
  drain: (): TurnEvent => ({ type: 'server-draining' }),
  kept: (): TurnEvent => ({ type: 'sound-kept' }),
  end: (reason: CallEnd = 'client'): TurnEvent => ({ type: 'call-ended', reason }),
};

type Shorts = { [Type in TurnEffect['type']]: (effect: Extract<TurnEffect, { type: Type }>) => string };

/** Effects in short: what is done, and to what. */
const SHORT: Shorts = {
  tell: ({ event }) => `tell ${event.type}${event.type === 'call.state' ? ` ${event.state}` : ''}`,
  transcribe: ({ utteranceId }) => `transcribe ${utteranceId}`,
  'drop-utterance': ({ utteranceId }) => `drop-utterance ${utteranceId}`,
  'begin-turn': ({ turnId, inputs }) => `begin ${turnId}: ${inputs.map(({ text }) => text).join(' + ')}`,
  'begin-apology': ({ turnId, apology }) => `apologise ${turnId}: ${apology}`,
  'finish-speech': ({ turnId, apology }) => `finish ${turnId}${apology ? `: ${apology}` : ''}`,
  'stop-turn': ({ turnId, outcome }) => `stop-turn ${turnId}: ${outcome}`,
  'end-turn': ({ turnId, outcome }) => `end-turn ${turnId}: ${outcome}`,
  'pause-sound': () => 'pause-sound',
  'resume-sound': () => 'resume-sound',
  'start-timer': ({ timer, milliseconds }) => `start ${timer} ${milliseconds}`,
  'cancel-timer': ({ timer }) => `cancel ${timer}`,
  count: ({ what }) => `count ${what}`,
  'end-call': ({ reason, turnId, inputs, utterances }) => {
    const left = [...inputs.map(({ text }) => `"${text}"`), ...utterances.map(({ id }) => id)];
    return `end-call ${reason}${left.length > 0 ? `, ${turnId}: ${left.join(' + ')}` : ''}`;
  },
};

function short<Type extends TurnEffect['type']>(effect: Extract<TurnEffect, { type: Type }> & { type: Type }): string {
  return SHORT[effect.type](effect);
}

/** Plays events from the beginning of a call; what the last of them brought about. */
export function playTurns(events: readonly TurnEvent[], rules: Partial<TurnRules> = {}) {
  let state: TurnState = initialState({ ...RULES, ...rules });
  let effects: TurnEffect[] = [];
  for (const event of events) ({ state, effects } = reduce(state, event));
  return { state, call: callStateOf(state), effects, done: effects.map((effect) => short(effect)) };
}

const asked = [on.begins('a'), on.stops('a'), on.final('a', 'Hi.')];
const speaking = [...asked, on.text(1), on.sound(1)];

/** How far a call has come: something was asked, the answer is heard, somebody speaks over it. */
export const so = { asked, speaking, interrupted: [...speaking, on.begins('b')] };

/** What the last of the events brings about, and the state of the call after it. */
export type TurnRow = [name: string, events: TurnEvent[], done: string[], call: string, rules?: Partial<TurnRules>];
