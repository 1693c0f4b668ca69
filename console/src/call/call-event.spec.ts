import { describe, expect, it } from 'vitest';
import { type CallEvent, readCallEvent } from './call-event.js';

describe(readCallEvent, () => {
  it.each<[string, unknown, CallEvent | null]>([
    ['call.ready', { call_id: 'c', state: 'listening' }, { type: 'ready', callId: 'c', state: 'listening' }],
    ['call.ready', {}, { type: 'ready', callId: null, state: null }],
    ['speech.started', { utterance_id: 'u' }, { type: 'speech-started', utteranceId: 'u' }],
    ['speech.stopped', { utterance_id: 'u' }, { type: 'speech-stopped', utteranceId: 'u' }],
    [
      'transcript.partial',
      { utterance_id: 'u', text: 'He' },
      { type: 'transcript', utteranceId: 'u', speakerId: '', text: 'He', isFinal: false },
    ],
    [
      'transcript.final',
      { utterance_id: 'u', text: 'Hello' },
      { type: 'transcript', utteranceId: 'u', speakerId: '', text: 'Hello', isFinal: true },
    ],
    ['response.started', { turn_id: 't' }, { type: 'response-started', turnId: 't' }],
    ['response.text-delta', { turn_id: 't', text: 'Hi' }, { type: 'response-text', turnId: 't', text: 'Hi' }],
    [
      'response.tool',
      { turn_id: 't', name: 'clock', status: 'running' },
      { type: 'response-tool', turnId: 't', name: 'clock', status: 'running' },
    ],
    [
      'response.interrupted',
      { turn_id: 't', heard_text: 'H' },
      { type: 'response-interrupted', turnId: 't', heard: 'H' },
    ],
    [
      'response.done',
      { turn_id: 't', outcome: 'cancelled', timings: { done: 3, first_audio_out: null, odd: 'x' } },
      {
        type: 'response-done',
        turnId: 't',
        outcome: 'cancelled',
        timings: { done: 3, first_audio_out: null, odd: null },
      },
    ],
    [
      'response.done',
      { turn_id: 't', outcome: 'newer', timings: null },
      { type: 'response-done', turnId: 't', outcome: 'completed', timings: {} },
    ],
    ['call.state', { state: 'speaking' }, { type: 'state', state: 'speaking' }],
    ['call.state', { state: 'dancing' }, null],
    [
      'participants.changed',
      { participants: [{ participant_id: 'p', name: 'Bob', role: 'guest', producer_id: 'x' }, null, {}] },
      {
        type: 'people',
        people: [
          { id: 'p', name: 'Bob', isGuest: true, producerId: 'x' },
          { id: '', name: '', isGuest: false, producerId: null },
        ],
      },
    ],
    ['participants.changed', {}, { type: 'people', people: [] }],
    ['speaker.active', { participant_id: 'p' }, { type: 'speaker', personId: 'p' }],
    ['speaker.active', { participant_id: null }, { type: 'speaker', personId: null }],
    ['call.ended', { reason: 'idle' }, { type: 'ended', reason: 'idle' }],
    ['call.newer', {}, null],
    ['call.state', null, null],
    ['toString', {}, null],
  ])('%s %j', (name, body, event) => {
    expect(readCallEvent(name, body)).toEqual(event);
  });

  it.each([
    ['as its body', { message: 'No.', code: 'X' }],
    ['in its body', { error: { message: 'No.', code: 'X' }, turn_id: null }],
  ])('reads an error %s', (_name, body) => {
    expect(readCallEvent('error', body)).toMatchObject({ type: 'error', error: { message: 'No.', code: 'X' } });
  });
});
