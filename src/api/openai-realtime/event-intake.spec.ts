import { describe, expect, it } from 'vitest';
import { callAddress } from './call-address.js';
import { readClientEvent } from './client-event.js';
import { EventIntake } from './event-intake.js';

describe('what a client may say', () => {
  it('is a minute of sound at once, and then four times as fast as it is spoken', () => {
    const intake = new EventIntake();
    const now = Date.now();
    const minute = 'x'.repeat(3_840_000);
    expect(intake.judge(minute, now)).toBe('ok');
    expect(intake.judge('x'.repeat(10_000), now)).toBe('too-much');
    expect(intake.judge('x'.repeat(256_000), now + 1000)).toBe('ok');
  });

  it('is a thousand events at once, and none any more after two hundred too many', () => {
    const intake = new EventIntake();
    const now = Date.now();
    const judged = Array.from({ length: 1201 }, () => intake.judge('{}', now));
    expect(judged.filter((one) => one === 'ok')).toHaveLength(1000);
    expect(judged.at(-1)).toBe('hopeless');
  });
});

describe('an event', () => {
  it.each([
    ['{', null, 'VALIDATION_MALFORMED_JSON', undefined],
    ['[]', null, 'VALIDATION_FAILED', 'type'],
    ['{"event_id": 7}', null, 'VALIDATION_FAILED', 'type'],
    ['{"type": "constructor", "event_id": "a"}', 'a', 'VALIDATION_FAILED', 'type'],
    ['{"type": "input_audio_buffer.append", "audio": "=AAA"}', null, 'VALIDATION_FAILED', 'audio'],
    ['{"type": "conversation.item.delete", "item_id": ""}', null, 'VALIDATION_FAILED', 'item_id'],
  ])('%s is refused', (text, id, code, param) => {
    expect(readClientEvent(text)).toMatchObject({ id, error: { code, param } });
  });

  it('is known by its type', () => {
    expect(readClientEvent('{"type": "input_audio_buffer.append", "audio": "AAEC"}')).toEqual({
      id: null,
      event: { type: 'input_audio_buffer.append', audio: Buffer.from([0, 1, 2]) },
    });
    expect(readClientEvent('{"type": "response.cancel", "event_id": "b", "new": 1}')).toMatchObject({
      id: 'b',
      event: { type: 'response.cancel', body: { event_id: 'b' } },
    });
  });
});

describe('an address', () => {
  it.each([
    [{ model: 'gpt-realtime' }, {}],
    [{ model: 'gpt-4o-mini-realtime-preview' }, {}],
    [{ model: 'cozy/friend' }, { personalityId: 'friend' }],
    [{ model: 'cozy/friend', personality_id: 'other' }, { personalityId: 'other' }],
    [
      { model: 'gpt-4o-mini', session_id: 'abc' },
      { model: 'gpt-4o-mini', sessionId: 'abc' },
    ],
    [{ model: '', session_id: 'default', personality_id: null }, {}],
  ])('%j means %j', (given, meant) => {
    expect(callAddress(given)).toEqual(meant);
  });

  it('is no list of things', () => {
    expect(() => callAddress({ model: ['a', 'b'] })).toThrow(expect.objectContaining({ param: 'model' }));
  });
});
