import { describe, expect, it } from 'vitest';
import { ENGINE_API_VERSION } from '../../src/engines/engine-health.js';
import type { SttEngine, SttEvent } from '../../src/engines/speech/stt.port.js';
import type { PcmFrame } from '../../src/core/domain/audio.js';
import { audioSaying } from '../fakes/speech-script.js';
import { wav } from '../setup/sound.js';
import { framesOf, spoken } from '../setup/speech.js';

export const newSignal = (): AbortSignal => new AbortController().signal;

export const recordingOf = (text: string) => ({ bytes: wav(audioSaying(text), 16_000), format: 'wav' });

export const said = (text: string): AsyncIterable<PcmFrame> => spoken(framesOf(audioSaying(text)));

export async function collect(events: AsyncIterable<SttEvent>): Promise<SttEvent[]> {
  const collected: SttEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

/** Speech that has begun and never ends. */
async function* endless(): AsyncIterable<PcmFrame> {
  yield { samples: new Int16Array(320), sampleRate: 16_000 };
  await new Promise(() => undefined);
}

/** What every SttEngine promises, whatever is behind it. `subject` makes a new one. */
export function describeSttContract(name: string, subject: () => SttEngine): void {
  describe(`${name} keeps the SttEngine contract`, () => {
    it('says which port it implements', () => {
      expect(subject()).toMatchObject({ apiVersion: ENGINE_API_VERSION, provider: expect.stringMatching(/./) });
    });

    it('transcribes a recording', async () => {
      const transcript = await subject().transcribe(recordingOf('Good morning.'), {}, newSignal());
      expect(transcript).toEqual({
        text: 'Good morning.',
        language: expect.toSatisfy((value) => value === null || typeof value === 'string'),
        durationSeconds: expect.toSatisfy((value) => value === null || typeof value === 'number'),
        segments: [],
      });
    });

    it('tells when each sentence was said, where that is asked for', async () => {
      const options = { timed: true };
      const { segments } = await subject().transcribe(recordingOf('Good morning. How are you?'), options, newSignal());
      expect(segments.map(({ text }) => text)).toEqual(['Good morning.', 'How are you?']);
      expect(segments.every(({ startSeconds, endSeconds }) => startSeconds < endSeconds)).toBe(true);
    });

    it('hears an utterance: partials that grow, and one final transcript at the end', async () => {
      const events = await collect(subject().stream(said('What time is it now?'), {}, newSignal()));
      expect(events.at(-1)).toMatchObject({ type: 'final', transcript: { text: 'What time is it now?' } });
      const partials = events.slice(0, -1).map((event) => (event.type === 'partial' ? event.text : undefined));
      expect(partials).toEqual(partials.toSorted((a = '', b = '') => a.length - b.length));
      expect(partials).not.toContain(undefined);
    });

    it('follows a recording to its final transcript', async () => {
      const events = await collect(subject().follow(recordingOf('One, two, three.'), {}, newSignal()));
      expect(events.at(-1)).toMatchObject({ type: 'final', transcript: { text: 'One, two, three.' } });
    });

    it.each([
      ['a recording', (engine: SttEngine, signal: AbortSignal) => engine.transcribe(recordingOf('x'), {}, signal)],
      ['speech', (engine: SttEngine, signal: AbortSignal) => collect(engine.stream(said('x'), {}, signal))],
    ])('throws the reason of a caller who has left before %s', async (_what, hear) => {
      await expect(hear(subject(), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    });

    it('does not wait for speech that nobody is waiting for', async () => {
      const controller = new AbortController();
      const hearing = collect(subject().stream(endless(), {}, controller.signal));
      controller.abort(new Error('gone'));
      await expect(hearing).rejects.toThrow('gone');
    });

    it('is up, and can be closed more than once', async () => {
      const engine = subject();
      expect(await engine.health(newSignal())).toEqual({ status: 'up' });
      await engine.close();
      await engine.close();
    });
  });
}
