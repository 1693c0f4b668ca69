import { describe, expect, it } from 'vitest';
import { ENGINE_API_VERSION } from '../../src/engines/engine-health.js';
import type { TtsEngine } from '../../src/engines/speech/tts.port.js';

export const newSignal = (): AbortSignal => new AbortController().signal;

export async function soundOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const collected: Uint8Array[] = [];
  for await (const piece of pieces) collected.push(Uint8Array.from(piece));
  return Buffer.concat(collected);
}

/** What every TtsEngine promises, whatever is behind it. `subject` makes a new one, `slow` prepares the next answer. */
export function describeTtsContract(
  name: string,
  { subject, slow }: { subject: () => TtsEngine; slow: () => void },
): void {
  describe(`${name} keeps the TtsEngine contract`, () => {
    it('says which port it implements', () => {
      expect(subject()).toMatchObject({ apiVersion: ENGINE_API_VERSION, provider: expect.stringMatching(/./) });
    });

    it('speaks raw sound, longer for longer texts', async () => {
      const engine = subject();
      const short = await soundOf(engine.speak({ text: 'Hello.', format: 'pcm' }, newSignal()));
      const long = await soundOf(engine.speak({ text: 'Hello, how are you?', format: 'pcm' }, newSignal()));
      expect(short.length).toBeGreaterThan(0);
      expect(long.length).toBeGreaterThan(short.length);
    });

    it('speaks the same text twice the same way', async () => {
      const engine = subject();
      const once = await soundOf(engine.speak({ text: 'Again.', format: 'mp3' }, newSignal()));
      expect(await soundOf(engine.speak({ text: 'Again.', format: 'mp3' }, newSignal()))).toEqual(once);
    });

    it('speaks for several at once', async () => {
      const engine = subject();
      const texts = Array.from({ length: 10 }, (_, at) => 'a'.repeat(at + 1));
      const sounds = await Promise.all(
        texts.map((text) => soundOf(engine.speak({ text, format: 'pcm' }, newSignal()))),
      );
      const lengths = sounds.map(({ length }) => length);
      expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    });

    it('throws the reason of a caller who has left before', async () => {
      const speaking = soundOf(subject().speak({ text: 'x', format: 'pcm' }, AbortSignal.abort(new Error('gone'))));
      await expect(speaking).rejects.toThrow('gone');
    });

    it('throws the reason of a caller who leaves in the middle', async () => {
      slow();
      const controller = new AbortController();
      const speaking = (async () => {
        for await (const piece of subject().speak({ text: 'A long text.', format: 'pcm' }, controller.signal)) {
          expect(piece.length).toBeGreaterThan(0);
          controller.abort(new Error('gone'));
        }
      })();
      await expect(speaking).rejects.toThrow('gone');
    });

    it('is up, and can be closed more than once', async () => {
      const engine = subject();
      expect(await engine.health(newSignal())).toEqual({ status: 'up' });
      await engine.close();
      await engine.close();
    });
  });
}
