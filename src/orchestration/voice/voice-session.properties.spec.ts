import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ScriptedWords } from '../../../test/fakes/voice/fake-speech.js';
import type { ScriptedAnswer } from '../../../test/fakes/voice/scripted-chat.js';
import { TestCall } from '../../../test/setup/voice-call.js';

const failure = new CozyError('ENGINE_UNAVAILABLE');

/** What somebody does in a call, and for how long. */
interface Deed {
  do: 'speak' | 'be silent' | 'wait' | 'type' | 'ask' | 'cancel' | 'commit' | 'leave' | 'come back' | 'break the voice';
  milliseconds: number;
}

const moment = fc.integer({ min: 1, max: 80 }).map((frames) => frames * 20);
const lasting = fc.constantFrom('speak' as const, 'be silent' as const, 'wait' as const);
const brief = fc.constantFrom('type', 'ask', 'cancel', 'commit', 'leave', 'come back', 'break the voice' as const);
const deed: fc.Arbitrary<Deed> = fc.record({
  do: fc.oneof({ weight: 3, arbitrary: lasting }, { weight: 1, arbitrary: brief }),
  milliseconds: moment,
});
const words: fc.Arbitrary<ScriptedWords> = fc.oneof(
  fc.record({ text: fc.constantFrom('', 'Yes, please.'), delayMs: fc.constantFrom(0, 300, 3000) }),
  fc.constant<ScriptedWords>({ text: 'Wait a bit.', partials: [{ afterMs: 400, text: 'Wait' }] }),
  fc.constant({ error: failure }),
);
const answer: fc.Arbitrary<ScriptedAnswer> = fc.oneof(
  fc.constantFrom<ScriptedAnswer>(
    { steps: ['One two three four. ', 400, 'Five six seven eight. Nine ten eleven.'] },
    { steps: [800, 'Short.'] },
    { steps: ['Let me see. ', { tool: 'clock', milliseconds: 900 }, 'It is noon now.'], saveMs: 700 },
    { steps: ['I was going '], error: failure },
    { steps: [], refusal: failure },
    { steps: [] },
  ),
);

const PERFORM: Record<Deed['do'], (call: TestCall, milliseconds: number) => unknown> = {
  speak: ({ audio }, milliseconds) => audio.sound(milliseconds, true),
  'be silent': ({ audio }, milliseconds) => audio.sound(milliseconds, false),
  wait: ({ clock }, milliseconds) => clock.pass(milliseconds),
  type: (call) => call.type('And this?'),
  ask: ({ session }) => session.handle({ type: 'response.create' }),
  cancel: ({ session }) => session.handle({ type: 'response.cancel' }),
  commit: ({ session }) => session.handle({ type: 'audio.commit' }),
  leave: ({ session }) => session.disconnected(),
  'come back': ({ session, listener }) => session.reconnected(listener),
  'break the voice': ({ tts }) => tts.failNext(failure, 200),
};

describe('whatever somebody does in a call', () => {
  it('no two turns are heard at once, old ones fall silent, each ends once, and all is let go of at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { maxLength: 25 }),
        fc.array(words, { maxLength: 12 }),
        fc.array(answer, { maxLength: 12 }),
        async (deeds, said, answers) => {
          const call = new TestCall();
          call.stt.next(...said);
          call.chat.next(...answers);
          for (const what of deeds) await PERFORM[what.do](call, what.milliseconds);
          call.session.reconnected(call.listener);
          await call.audio.sound(2000, false);
          await call.clock.pass(40_000);
          expect(call.session.callState).toBe('listening');

          const turns = call.audio.left.map(({ turnId }) => Number(turnId.slice('turn_'.length)));
          expect(turns).toEqual(turns.toSorted((a, b) => a - b));
          expect([call.audio.faults, call.chat.mostRunning <= 1]).toEqual([[], true]);
          const started = call.of('response.started').map(({ turnId }) => turnId);
          expect(call.of('response.done').map(({ turnId }) => turnId)).toEqual(started);

          await call.session.end('client');
          expect(call.open).toEqual({ timers: 0, stt: 0, tts: 0, vad: 0, chats: 0, audio: 0 });
        },
      ),
      { numRuns: 40 },
    );
  }, 60_000);
});
