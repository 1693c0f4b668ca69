import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import { speakingCall, TestCall, voicesOf } from '../../../test/setup/voice-call.js';

describe('a failure', () => {
  const failure = new CozyError('ENGINE_UNAVAILABLE');

  it('to understand speech is told, apologised for, and the call goes on', async () => {
    const call = new TestCall();
    call.stt.next({ error: failure });
    await call.audio.sound(600, true);
    await call.audio.sound(600, false);
    await call.clock.pass(6000);
    expect(call.story).toEqual(['speech.started', 'speech.stopped', 'error', 'response.started', 'response.done']);
    expect(call.tts.said.join(' ')).toBe("I'm sorry, I could not hear that properly. Could you say it again?");
    await call.say('Hello.');
    await call.clock.pass(2000);
    expect(call.chat.kept).toHaveLength(1);
  });

  it('to understand an interruption lets the companion go on', async () => {
    const call = await speakingCall();
    call.stt.next({ error: failure });
    await call.audio.sound(600, true);
    await call.audio.sound(600, false);
    await call.clock.pass(6000);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['completed']);
  });

  it('of the words to come at all is told after fifteen seconds', async () => {
    const call = new TestCall();
    call.stt.next({ text: 'Never.', delayMs: 60_000 });
    await call.audio.sound(600, true);
    await call.audio.sound(600, false);
    await call.clock.pass(16_000);
    expect(call.of('error').map(({ error }) => error.code)).toEqual(['ENGINE_TIMEOUT']);
    expect(call.stt.open).toBe(0);
  });

  it('of the voice leaves the text, and the call goes on', async () => {
    const call = new TestCall();
    call.chat.next('One two three four. Five six seven eight. Nine ten.', 'Fine again.');
    call.tts.failNext(failure, 500);
    await call.type('Count.');
    await call.clock.pass(2000);
    expect(call.of('error').map(({ error, turnId }) => [error.code, turnId])).toEqual([
      ['ENGINE_UNAVAILABLE', 'turn_1'],
    ]);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['completed']);
    expect(call.chat.kept[0]).toMatchObject({
      answer: 'One two three four. Five six seven eight. Nine ten.',
      interrupted: false,
    });
    await call.type('Again.');
    await call.clock.pass(2000);
    expect(voicesOf(call)).toEqual(['turn_1', 'turn_2']);
  });

  it('of the model is told and apologised for, after what it had said', async () => {
    const call = new TestCall();
    call.chat.next({ steps: ['It is like this. '], error: failure });
    await call.say('你好吗？');
    await call.clock.pass(6000);
    expect(call.tts.said).toEqual(['It is like this.', '抱歉，出了点问题，我现在没法回答。']);
    expect(call.story.slice(-3)).toEqual(['response.started', 'error', 'response.done']);
    expect(call.of('response.done')[0]?.outcome).toBe('failed');
    expect(call.chat.kept[0]?.answer).toBe('It is like this. ');
  });

  it('of the model in the middle of a word is not one word with the apology', async () => {
    const call = new TestCall();
    call.chat.next({ steps: ['It is li'], error: failure });
    await call.type('Hi.');
    await call.clock.pass(6000);
    const told = call.of('response.text-delta').map(({ text }) => text);
    expect(told.join('')).toBe("It is li I'm sorry, something went wrong and I cannot answer right now.");
  });

  it('of a turn to be accepted is told, and the call goes on', async () => {
    const call = new TestCall();
    call.chat.next({ steps: [], refusal: new CozyError('RESOURCE_SESSION_NOT_FOUND') }, 'Hello there.');
    await call.type('Hi.');
    await call.clock.pass(6000);
    expect(call.of('error').map(({ error }) => error.code)).toEqual(['RESOURCE_SESSION_NOT_FOUND']);
    await call.type('Hi.');
    await call.clock.pass(2000);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['failed', 'completed']);
  });

  it('that is our own tells the client nothing of it', async () => {
    const call = new TestCall();
    call.chat.next({ steps: [], refusal: new TypeError('internals') });
    await call.type('Hi.');
    await call.clock.pass(100);
    expect(call.of('error').map(({ error }) => [error.code, error.message])).toEqual([
      ['INTERNAL_ERROR', 'Something went wrong on this server.'],
    ]);
  });

  it('to store an answer is told once it has been heard', async () => {
    const call = new TestCall();
    call.chat.next({ steps: ['Hello there.'], saveError: new CozyError('STORAGE_UNAVAILABLE') });
    await call.type('Hi.');
    await call.clock.pass(2000);
    expect(call.story).toEqual(['response.started', 'error', 'response.done']);
    expect([call.of('response.done')[0]?.outcome, call.tts.said]).toEqual(['failed', ['Hello there.']]);
  });

  it('to tell speech from silence leaves typed text', async () => {
    const call = new TestCall();
    call.vad.error = new Error('no model');
    await call.audio.sound(1000, true);
    await call.type('Hi.');
    await call.clock.pass(1000);
    expect(call.chat.kept).toHaveLength(1);
  });
});
