import { describe, expect, it } from 'vitest';
import { LONG, speakingCall, TestCall, voicesOf } from '../../../test/setup/voice-call.js';

describe('an interruption', () => {
  it('stops the sound within a frame of when 200 ms of speech were heard', async () => {
    const call = await speakingCall();
    await call.audio.sound(180, true);
    expect(call.session.callState).toBe('speaking');
    await call.audio.sound(20, true);
    expect(call.session.callState).toBe('paused');
    const before = call.audio.left.length;
    await call.audio.sound(500, true);
    expect(call.audio.left).toHaveLength(before);
  });

  it('keeps what was heard and cuts the rest from what the model knows', async () => {
    const call = await speakingCall();
    call.chat.next('All right.');
    await call.say('Stop it.', 600);
    await call.clock.pass(2000);
    const heardMs = call.audio.playedMs('turn_1');
    expect(heardMs).toBeGreaterThan(1200);
    expect(heardMs).toBeLessThan(1800);
    expect(call.of('response.interrupted').map(({ heardText }) => heardText)).toEqual(['One two three four five. Six']);
    expect(call.chat.kept).toEqual([
      { asked: ['Count for me.'], answer: 'One two three four five. Six', interrupted: true },
      { asked: ['Stop it.'], answer: 'All right.', interrupted: false },
    ]);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['interrupted', 'completed']);
    expect([voicesOf(call), call.audio.faults, call.tts.open]).toEqual([['turn_1', 'turn_2'], [], 0]);
  });

  it('counts at the first words of a partial transcript', async () => {
    const call = await speakingCall();
    call.stt.next({ text: 'Stop it now.', partials: [{ afterMs: 600, text: 'Stop' }] });
    await call.audio.sound(900, true);
    expect(call.story.at(-1)).toBe('response.done');
    expect(call.session.callState).toBe('listening');
  });

  it('while the model still thinks takes back what was asked', async () => {
    const call = new TestCall();
    call.chat.next({ steps: [5000, 'Too late.'] }, 'Both, then.');
    await call.say('Tell me a joke.');
    await call.say('Or a story.');
    await call.clock.pass(2000);
    expect(call.chat.kept).toEqual([
      { asked: ['Tell me a joke.'], answer: '', interrupted: true },
      { asked: ['Or a story.'], answer: 'Both, then.', interrupted: false },
    ]);
  });

  it('that was none lets the companion go on where it was', async () => {
    const call = await speakingCall();
    await call.say('', 400);
    await call.clock.pass(5000);
    expect(call.of('call.state').map(({ state }) => state)).toEqual([
      'thinking',
      'speaking',
      'paused',
      'speaking',
      'listening',
    ]);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['completed']);
    expect(call.audio.left.map(({ seq }) => seq)).toEqual(call.audio.left.map((_, at) => at));
    expect(call.chat.kept[0]).toMatchObject({ answer: LONG, interrupted: false });
  });

  it('without words within two seconds was none, and words that come later are one after all', async () => {
    const call = await speakingCall();
    call.stt.next({ text: 'Wait!', delayMs: 3000 });
    await call.audio.sound(400, true);
    await call.audio.sound(600, false);
    await call.clock.pass(1800);
    expect(call.session.callState).toBe('paused');
    await call.clock.pass(200);
    expect(call.session.callState).toBe('speaking');
    await call.clock.pass(1500);
    expect(call.story).toContain('response.interrupted');
  });

  it('by typed text stops what is said', async () => {
    const call = await speakingCall();
    call.chat.next('Fine.');
    await call.type('Never mind.');
    await call.clock.pass(1500);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['interrupted', 'completed']);
  });

  it('is none where the call does not allow it: what was said is answered afterwards', async () => {
    const call = await speakingCall({ settings: { interruptible: false } });
    call.chat.next('And that.');
    await call.say('And this?');
    await call.clock.pass(6000);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    expect(call.chat.kept.map(({ asked }) => asked)).toEqual([['Count for me.'], ['And this?']]);
  });

  it('waits for the answer before to be stored', async () => {
    const call = new TestCall();
    call.chat.next({ steps: [LONG], saveMs: 500 }, 'Fine.');
    await call.type('Count.');
    await call.clock.pass(500);
    await call.type('Stop.');
    await call.clock.pass(3000);
    expect([call.chat.mostRunning, call.chat.kept.map(({ asked }) => asked)]).toEqual([1, [['Count.'], ['Stop.']]]);
  });

  it('by the client is a cancelled turn, of the one it names', async () => {
    const call = await speakingCall();
    call.session.handle({ type: 'response.cancel', turnId: 'turn_7' });
    expect(call.session.callState).toBe('speaking');
    call.session.handle({ type: 'response.cancel', turnId: 'turn_1' });
    await call.clock.pass(100);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['cancelled']);
    expect(call.chat.kept[0]).toMatchObject({ answer: 'One two three four five.', interrupted: true });
  });
});
