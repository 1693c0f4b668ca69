import { describe, expect, it } from 'vitest';
import { speakingCall, TestCall } from '../../../test/setup/voice-call.js';

describe('a call', () => {
  const closed = { timers: 0, stt: 0, tts: 0, vad: 0, chats: 0, audio: 0 };

  it('ends after two minutes in which nobody said anything', async () => {
    const call = new TestCall();
    await call.clock.pass(60_000);
    await call.type('Hi.');
    await call.clock.pass(119_000);
    expect(call.ends).toEqual([]);
    await call.clock.pass(3000);
    expect([call.ends, call.of('call.ended').map(({ reason }) => reason), call.open]).toEqual([
      ['idle'],
      ['idle'],
      closed,
    ]);
  });

  it('ends when it has taken too long, in the middle of an answer, which is kept as it was heard', async () => {
    const call = await speakingCall({ limits: { max_call_ms: 3000 } });
    await call.clock.pass(2000);
    expect([call.ends, call.open]).toEqual([['too-long'], closed]);
    expect(call.story.slice(-2)).toEqual(['response.done', 'call.ended']);
    expect(call.chat.kept[0]?.interrupted).toBe(true);
  });

  it('ends once, lets go of everything, and says nothing more', async () => {
    const call = await speakingCall();
    call.stt.next({ text: 'And', delayMs: 500 });
    await call.audio.sound(400, true);
    const ending = call.session.end('client');
    const told = call.events.length;
    call.session.handle({ type: 'call.end' });
    await call.type('Hello?');
    await call.clock.pass(1000);
    await Promise.all([ending, call.session.end('shutting-down')]);
    expect([call.ends, call.events.length, call.open]).toEqual([['client'], told, closed]);
  });

  it('of a server that stops lets its answer end, and begins no other', async () => {
    const call = await speakingCall();
    call.session.drain();
    expect(call.ends).toEqual([]);
    call.session.handle({ type: 'text.send', text: 'And then?', respond: false });
    await call.clock.pass(10_000);
    expect([call.ends, call.open]).toEqual([['shutting-down'], closed]);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['completed']);
  });

  it.each([
    ['in which nothing is being answered', async () => new TestCall()],
    [
      'whose client is away',
      async () => {
        const call = await speakingCall();
        call.session.disconnected();
        return call;
      },
    ],
  ])('%s ends at once when its server stops', async (_, begin) => {
    const call = await begin();
    call.session.drain();
    await call.clock.pass(6000);
    expect([call.ends, call.open]).toEqual([['shutting-down'], closed]);
  });

  it('waits thirty seconds for a client that was lost, and goes on where it was', async () => {
    const call = await speakingCall();
    call.session.disconnected();
    await call.clock.pass(29_000);
    const left = call.audio.left.length;
    expect(call.events.at(-1)?.type).not.toBe('call.ended');
    call.session.reconnected(call.listener);
    await call.clock.pass(5000);
    expect(call.of('call.ready').map(({ state }) => state)).toEqual(['listening', 'paused']);
    expect(call.audio.left.length).toBeGreaterThan(left);
    expect(call.of('response.done').map(({ outcome }) => outcome)).toEqual(['completed']);
    await call.clock.pass(40_000);
    expect(call.ends).toEqual([]);
  });

  it('tells a client that comes back what it has missed', async () => {
    const call = new TestCall({ withoutTts: true });
    call.chat.next({ steps: [1000, 'Hello there.'] });
    await call.type('Hi.');
    call.session.disconnected();
    await call.clock.pass(2000);
    expect(call.of('response.text-delta')).toEqual([]);
    call.session.reconnected(call.listener);
    await call.clock.pass(100);
    expect(call.of('response.text-delta').map(({ text }) => text)).toEqual(['Hello there.']);
    expect(call.of('response.done')).toHaveLength(1);
  });

  it('ends without a client that does not come back', async () => {
    const call = await speakingCall();
    call.session.disconnected();
    await call.clock.pass(30_000);
    expect([call.ends, call.open]).toEqual([['connection-lost'], closed]);
    expect(call.chat.kept[0]).toMatchObject({ interrupted: true });
  });

  it('takes a client that falls silent in the middle of a word for one that has finished', async () => {
    const call = new TestCall();
    call.stt.next({ text: 'Hello.' });
    await call.audio.sound(600, true);
    await call.clock.pass(4000);
    expect(call.story).toContain('response.done');
  });

  it('keeps what somebody said who hangs up before it is understood', async () => {
    const call = new TestCall();
    call.session.handle({ type: 'text.send', text: 'I am leaving.', respond: false });
    call.stt.next({ text: 'My train goes at nine.', delayMs: 800 });
    await call.audio.sound(1000, true);
    call.session.handle({ type: 'call.end' });
    await call.clock.pass(100);
    expect([call.silences, call.ends]).toEqual([1, []]);
    await call.clock.pass(1000);
    expect([call.ends, call.open]).toEqual([['client'], closed]);
    expect(call.chat.kept).toEqual([
      { asked: ['I am leaving.', 'My train goes at nine.'], answer: '', interrupted: true },
    ]);
    expect(call.story.slice(-1)).toEqual(['call.ended']);
  });

  it('that has ended waits five seconds for its last words, and keeps what it knows', async () => {
    const call = new TestCall();
    call.session.handle({ type: 'text.send', text: 'I am leaving.', respond: false });
    call.stt.next({ text: 'My train goes at nine.', delayMs: 60_000 });
    await call.audio.sound(1000, true);
    call.session.handle({ type: 'call.end' });
    await call.clock.pass(4900);
    expect(call.ends).toEqual([]);
    await call.clock.pass(200);
    expect([call.ends, call.open]).toEqual([['client'], closed]);
    expect(call.chat.kept.map(({ asked }) => asked)).toEqual([['I am leaving.']]);
  });
});
