import { describe, expect, it } from 'vitest';
import { ApiError } from '../api-error.js';
import type { CallEvent } from './call-event.js';
import {
  type CallAction,
  callState,
  type CallState,
  heardParts,
  type Line,
  NO_CALL,
  type Problem,
  stagesOf,
} from './call-state.js';

const at = '2026-01-02T03:04:05Z';
const problem: Problem = { text: 'It broke.', hint: null };
const tell = (event: CallEvent, trouble: Problem | null = null): CallAction => ({
  type: 'told',
  event,
  problem: trouble,
  at,
});
const after = (...actions: CallAction[]): CallState => actions.reduce(callState, NO_CALL);
const open: CallAction[] = [{ type: 'dialled' }, { type: 'connected', transport: 'webrtc', fellBack: false }];
const inCall = (...events: CallEvent[]): CallState => after(...open, ...events.map((event) => tell(event)));

const heard = (text: string, isFinal = false): CallEvent => ({
  type: 'transcript',
  utteranceId: 'u',
  speakerId: '',
  text,
  isFinal,
});
const begun: CallEvent = { type: 'response-started', turnId: 't' };
const words = (text: string): CallEvent => ({ type: 'response-text', turnId: 't', text });
const done = (outcome: 'completed' | 'interrupted' | 'cancelled' | 'failed'): CallEvent => ({
  type: 'response-done',
  turnId: 't',
  outcome,
  timings: { first_audio_out: 420 },
});

const linesOf = ({ lines }: CallState) => lines.map(({ who, text, state }) => [who, text, state]);

describe('the lines of a call', () => {
  it.each<[string, CallEvent[], unknown[]]>([
    ['what is heard so far', [heard('What'), heard('What time')], [['user', 'What time', 'partial']]],
    ['what was said', [heard('What'), heard('What time is it?', true)], [['user', 'What time is it?', 'said']]],
    ['nothing, where noise was no speech', [heard('Hm'), heard('', true)], []],
    ['an answer to come', [begun], [['companion', '', 'streaming']]],
    ['an answer that grows', [begun, words('It is '), words('noon.')], [['companion', 'It is noon.', 'streaming']]],
    ['an answer that was heard', [begun, words('Noon.'), done('completed')], [['companion', 'Noon.', 'spoken']]],
    ['a failed answer', [begun, words('No'), done('failed')], [['companion', 'No', 'failed']]],
    ['an answer that was stopped', [begun, words('No'), done('cancelled')], [['companion', 'No', 'interrupted']]],
    ['nothing of an answer without words', [begun, done('completed')], []],
    ['an answer whose beginning was missed', [words('Noon.')], [['companion', 'Noon.', 'streaming']]],
  ])('are %s', (_name, events, lines) => {
    expect(linesOf(inCall(...events))).toEqual(lines);
  });

  it('name the guest who said them, and nobody else', () => {
    const people = [
      { id: 'a', name: 'Ana', isGuest: false, producerId: null },
      { id: 'b', name: 'Bob', isGuest: true, producerId: null },
    ];
    const said = (utteranceId: string, speakerId: string): CallEvent => ({
      type: 'transcript',
      utteranceId,
      speakerId,
      text: 'Hello.',
      isFinal: true,
    });
    const { lines } = inCall({ type: 'people', people }, said('u1', 'b'), said('u2', 'a'), said('u3', 'c'));
    expect(lines.map(({ guest }) => guest)).toEqual(['Bob', null, null]);
  });

  it('keep what was heard of an interrupted answer, and its timings', () => {
    const { lines } = inCall(
      begun,
      words('One two three.'),
      { type: 'response-interrupted', turnId: 't', heard: 'One' },
      done('interrupted'),
    );
    expect(lines).toMatchObject([{ state: 'interrupted', heard: 'One', timings: { first_audio_out: 420 } }]);
  });

  it('name each tool once', () => {
    const tool: CallEvent = { type: 'response-tool', turnId: 't', name: 'clock', status: 'running' };
    expect(inCall(begun, tool, { ...tool, status: 'done' }).lines[0]?.tools).toEqual(['clock']);
  });

  it('hold what was typed', () => {
    expect(linesOf(after(...open, { type: 'typed', key: 'k', text: 'Hello', at }))).toEqual([
      ['user', 'Hello', 'said'],
    ]);
  });

  it('do not go on when the call has ended, and go when the chat has them', () => {
    const ended = callState(inCall(heard('So'), begun, words('Well')), { type: 'hung-up' });
    expect(linesOf(ended)).toEqual([
      ['user', 'So', 'said'],
      ['companion', 'Well', 'interrupted'],
    ]);
    expect(callState(ended, tell(words(', now'))).lines).toBe(ended.lines);
    expect(callState(ended, { type: 'cleared' }).lines).toEqual([]);
  });

  it('are not cleared under a running call', () => {
    expect(callState(inCall(heard('So')), { type: 'cleared' }).lines).toHaveLength(1);
  });
});

describe('the state of a call', () => {
  it.each<[string, CallAction[], Partial<CallState>]>([
    ['dials', [{ type: 'dialled' }], { phase: 'dialling', transport: null }],
    ['connects', open, { phase: 'on', transport: 'webrtc', fellBack: false }],
    [
      'tells that it fell back',
      [{ type: 'dialled' }, { type: 'connected', transport: 'socket', fellBack: true }],
      { transport: 'socket', fellBack: true },
    ],
    ['waits for a lost connection', [...open, { type: 'lost' }], { phase: 'reconnecting' }],
    ['goes on when it is back', [...open, { type: 'lost' }, { type: 'resumed' }], { phase: 'on' }],
    ['follows the companion', [...open, tell({ type: 'state', state: 'paused' })], { companion: 'paused' }],
    ['hears the user', [...open, tell({ type: 'speech-started', utteranceId: 'u' })], { userSpeaking: true }],
    [
      'hears the user stop',
      [...open, tell({ type: 'speech-started', utteranceId: 'u' }), tell({ type: 'speech-stopped', utteranceId: 'u' })],
      { userSpeaking: false },
    ],
    [
      'goes on after an error',
      [...open, tell({ type: 'error', error: new ApiError('It broke.', 'X') }, problem)],
      { phase: 'on', problem },
    ],
    [
      'shows an error while the apology for it is spoken',
      [...open, tell({ type: 'error', error: new ApiError('It broke.', 'X') }, problem), tell(begun)],
      { problem },
    ],
    [
      'forgets an error with the next words',
      [...open, tell({ type: 'error', error: new ApiError('It broke.', 'X') }, problem), tell(heard('So', true))],
      { problem: null },
    ],
    [
      'ends when the server says so',
      [...open, tell({ type: 'ended', reason: 'idle' }, problem)],
      { phase: 'ended', problem },
    ],
    [
      'ends where it does not come about',
      [{ type: 'dialled' }, { type: 'failed', problem }],
      { phase: 'ended', problem },
    ],
    ['stays ended', [...open, { type: 'hung-up' }, { type: 'lost' }, { type: 'resumed' }], { phase: 'ended' }],
    [
      'does not connect what was hung up',
      [{ type: 'dialled' }, { type: 'hung-up' }, { type: 'connected', transport: 'socket', fellBack: true }],
      { phase: 'ended', transport: null },
    ],
    ['begins anew', [...open, { type: 'failed', problem }, { type: 'dialled' }], { phase: 'dialling', problem: null }],
  ])('%s', (_name, actions, expected) => {
    expect(after(...actions)).toMatchObject(expected);
  });
});

describe(heardParts, () => {
  const line = (fields: Partial<Line>): Line => ({
    key: 'k',
    who: 'companion',
    guest: null,
    text: 'One two three.',
    state: 'interrupted',
    heard: null,
    tools: [],
    timings: {},
    at,
    ...fields,
  });
  it.each<[string, Partial<Line>, [string, string]]>([
    ['all of one that was not interrupted', { state: 'spoken' }, ['One two three.', '']],
    ['all where nobody told', {}, ['One two three.', '']],
    ['a part', { heard: 'One two' }, ['One two', ' three.']],
    ['nothing', { heard: '' }, ['', 'One two three.']],
    ['only what was heard where it was worded otherwise', { heard: '1 2' }, ['1 2', '']],
  ])('gives %s', (_name, fields, [wasHeard, unheard]) => {
    expect(heardParts(line(fields))).toEqual({ heard: wasHeard, unheard });
  });
});

describe(stagesOf, () => {
  it('names what was passed, in order', () => {
    expect(stagesOf({ done: 900, first_audio_out: 400, llm_first_token: 200, tts_first_byte: null })).toEqual([
      { label: 'first word', ms: 200 },
      { label: 'first sound sent', ms: 400 },
    ]);
  });
});
