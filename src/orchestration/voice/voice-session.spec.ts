import { describe, expect, it } from 'vitest';
import { TestCall, voicesOf } from '../../../test/setup/voice-call.js';

describe('a spoken turn', () => {
  it('goes from speech to words to an answer that is heard', async () => {
    const call = new TestCall();
    call.chat.next('Hello there. How are you?');
    await call.say('Good morning.');
    await call.clock.pass(3000);
    expect(call.story).toEqual([
      'speech.started',
      'speech.stopped',
      'transcript.final',
      'response.started',
      'response.done',
    ]);
    expect(call.of('call.state').map(({ state }) => state)).toEqual(['thinking', 'speaking', 'listening']);
    expect(call.tts.said).toEqual(['Hello there.', 'How are you?']);
    expect(call.audio.left.map(({ seq }) => seq)).toEqual(call.audio.left.map((_, at) => at));
    expect(call.chat.kept).toEqual([
      { asked: ['Good morning.'], answer: 'Hello there. How are you?', interrupted: false },
    ]);
    expect(call.audio.faults).toEqual([]);
  });

  it('gives the model 300 ms from before the speech, and the silence that ended it', async () => {
    const call = new TestCall();
    await call.audio.sound(1000, false);
    await call.say('Hello.', 1000);
    expect(call.stt.heardMs).toEqual([300 + 1000 + 480]);
  });

  it('tells when it passed its milestones, counted from the end of the speech', async () => {
    const call = new TestCall();
    call.chat.next({ steps: [300, 'Hello there my friend.'] });
    call.tts.firstByteMs = 200;
    call.stt.next({ text: 'Hi.', delayMs: 100 });
    await call.audio.sound(1000, true);
    await call.audio.sound(600, false);
    await call.clock.pass(3000);
    const [done] = call.of('response.done');
    expect(done?.timings).toEqual({
      speech_end: 0,
      transcript_final: 600,
      llm_first_token: 900,
      tts_first_byte: 1100,
      first_audio_out: 1100,
      done: 2200,
    });
    expect(done?.usage).toEqual({ promptTokens: 10, completionTokens: 5, estimated: false });
  });

  it('makes one sentence ahead of the one that plays, and no more', async () => {
    const call = new TestCall();
    call.chat.next('First sentence of it. Second sentence of it. Third sentence of it. Fourth sentence of it.');
    await call.say('Go on.');
    await call.clock.pass(100);
    expect(call.tts.said).toHaveLength(2);
    await call.clock.pass(1100);
    expect(call.tts.said).toHaveLength(3);
  });

  it('is told of the instructions of the call and of the answer', async () => {
    const call = new TestCall({ settings: { instructions: 'Be brief.', respond: false } });
    await call.say('Hello.');
    await call.clock.pass(100);
    expect(call.chat.commands).toEqual([]);
    call.session.handle({ type: 'response.create', instructions: 'In French.' });
    await call.clock.pass(100);
    expect(call.chat.commands[0]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'In French.' },
      { role: 'user', content: 'Hello.' },
    ]);
    expect(call.chat.commands[0]?.spoken?.metadata).toEqual({ is_voice_call: true });
  });

  it('says which tools run', async () => {
    const call = new TestCall();
    call.chat.next({
      steps: ['Let me look at the clock.', { tool: 'get_current_time', milliseconds: 500 }, ' It is noon.'],
    });
    await call.type('What time is it?');
    await call.clock.pass(5000);
    expect(call.of('response.tool').map(({ name, status }) => [name, status])).toEqual([
      ['get_current_time', 'running'],
      ['get_current_time', 'done'],
    ]);
    expect(call.tts.said).toEqual(['Let me look at the clock.', 'It is noon.']);
    expect(call.story.at(-1)).toBe('response.done');
  });

  it('holds what is typed as well as what is spoken', async () => {
    const call = new TestCall();
    call.chat.next('Hello there.', 'I see that.');
    await call.type('Hi.');
    await call.clock.pass(1500);
    await call.say('And this?');
    await call.clock.pass(1500);
    expect(call.chat.kept.map(({ asked }) => asked)).toEqual([['Hi.'], ['And this?']]);
    expect(call.of('response.done')[0]?.timings.speech_end).toBeNull();
    expect(voicesOf(call)).toEqual(['turn_1', 'turn_2']);
  });

  it('is text where answers are not spoken', async () => {
    const call = new TestCall({ withoutTts: true });
    call.chat.next('Hello there.');
    await call.say('Hi.');
    await call.clock.pass(100);
    expect(call.of('response.text-delta').map(({ text }) => text)).toEqual(['Hello there.']);
    expect([call.story.at(-1), call.audio.left.length]).toEqual(['response.done', 0]);
    expect(call.chat.kept[0]?.answer).toBe('Hello there.');
  });

  it('joins what is said while the words before are still looked for', async () => {
    const call = new TestCall();
    call.stt.next({ text: 'First,', delayMs: 2000 }, { text: 'second.' });
    await call.audio.sound(600, true);
    await call.audio.sound(600, false);
    await call.audio.sound(600, true);
    await call.audio.sound(600, false);
    await call.clock.pass(3000);
    expect(call.chat.kept.map(({ asked }) => asked.toSorted())).toEqual([['First,', 'second.']]);
  });

  it('knows who of several people spoke', async () => {
    const call = new TestCall();
    call.stt.next({ text: 'Hello from Ann.' });
    await call.audio.sound(600, true, 'ann');
    await call.audio.sound(600, false, 'ann');
    await call.clock.pass(200);
    expect(call.of('transcript.final').map(({ text, speakerId }) => [text, speakerId])).toEqual([
      ['Hello from Ann.', 'ann'],
    ]);
    expect(call.chat.commands[0]?.spoken?.metadata).toEqual({ is_voice_call: true, speaker_id: 'ann' });
  });
});

describe('push to talk', () => {
  const none = {
    turnDetection: { type: 'none', threshold: 0.5, prefixMs: 300, silenceMs: 500, minSpeechMs: 200, eagerness: 'auto' },
  } as const;

  it('answers what was said between two commits', async () => {
    const call = new TestCall({ settings: none });
    call.stt.next({ text: 'Hello.' });
    await call.audio.sound(1000, true);
    await call.audio.sound(2000, false);
    expect(call.story).toEqual([]);
    call.session.handle({ type: 'audio.commit' });
    await call.clock.pass(1000);
    expect(call.stt.heardMs).toEqual([3000]);
    expect(call.story).toContain('response.done');
  });

  it('keeps what was said so far when a setting changes in the middle of it', async () => {
    const call = new TestCall({ settings: none });
    await call.audio.sound(1000, true);
    call.session.handle({ type: 'call.update', settings: { ...none, instructions: 'Be brief.' } });
    call.session.handle({
      type: 'call.update',
      settings: { turnDetection: { ...none.turnDetection, threshold: 0.7 } },
    });
    await call.audio.sound(1000, true);
    call.session.handle({ type: 'audio.commit' });
    await call.clock.pass(1000);
    expect(call.stt.heardMs).toEqual([2000]);
  });

  it('is no silence that ends a call', async () => {
    const call = new TestCall({ settings: none, limits: { idle_timeout_ms: 10_000 } });
    await call.clock.pass(8000);
    await call.audio.sound(8000, true);
    expect(call.ends).toEqual([]);
    await call.clock.pass(10_000);
    expect(call.ends).toEqual(['idle']);
  });

  it('forgets what was cleared, and says so where there is nothing to commit', async () => {
    const call = new TestCall({ settings: none });
    await call.audio.sound(1000, true);
    call.session.handle({ type: 'audio.clear' });
    call.session.handle({ type: 'audio.commit' });
    expect(call.of('error').map(({ error }) => error.code)).toEqual(['VALIDATION_FAILED']);
  });
});
