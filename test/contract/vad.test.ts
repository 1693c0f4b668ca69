import { afterAll, describe, expect, it } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { ENGINE_API_VERSION } from '../../src/engines/engine-health.js';
import { SileroVadEngine } from '../../src/engines/speech/vad/silero-vad.engine.js';
import { WebRtcVadEngine } from '../../src/engines/speech/vad/webrtc-vad.engine.js';
import type { VadEngine, VadStream } from '../../src/engines/speech/vad.port.js';
import { tone } from '../fakes/speech-script.js';
import { framesOf, noise, spokenSamples } from '../setup/speech.js';

const SECOND = 16_000;
const silence = new Int16Array(SECOND);
const silero = new SileroVadEngine(new Logger('silent'));
afterAll(() => silero.close());

async function listen(stream: VadStream, samples: Int16Array): Promise<number[]> {
  const heard: number[] = [];
  for (const frame of framesOf(samples)) heard.push(await stream.probability(frame.samples));
  return heard;
}

async function heardIn(engine: VadEngine, samples: Int16Array): Promise<number[]> {
  const stream = engine.open();
  const heard = await listen(stream, samples);
  stream.close();
  return heard;
}

const speechIn = (heard: readonly number[]) => heard.filter((probability) => probability >= 0.5).length;

describe.each([
  ['silero', silero],
  ['webrtc', new WebRtcVadEngine()],
])('%s keeps the VadEngine contract', (provider, engine: VadEngine) => {
  it('says which port it implements', () => {
    expect(engine).toMatchObject({ apiVersion: ENGINE_API_VERSION, provider });
  });

  it('hears nothing in silence, and answers between 0 and 1', async () => {
    expect(speechIn(await heardIn(engine, silence))).toBe(0);
    const heard = await heardIn(engine, spokenSamples());
    expect(heard.every((probability) => probability >= 0 && probability <= 1)).toBe(true);
  });

  it('hears speech begin and end', async () => {
    const stream = engine.open();
    const during = await listen(stream, spokenSamples());
    const after = await listen(stream, silence);
    stream.close();
    expect(speechIn(during) / during.length).toBeGreaterThan(0.6);
    expect(speechIn(after.slice(25))).toBe(0);
  });

  it('keeps calls apart', async () => {
    const [talking, silent] = await Promise.all([heardIn(engine, spokenSamples()), heardIn(engine, silence)]);
    expect(speechIn(talking)).toBeGreaterThan(0);
    expect(speechIn(silent)).toBe(0);
    expect(await heardIn(engine, spokenSamples())).toEqual(talking);
  });

  it('answers frames in order where they are not waited for', async () => {
    const stream = engine.open();
    const one = await listen(stream, spokenSamples());
    stream.reset();
    const atOnce = await Promise.all(framesOf(spokenSamples()).map(async ({ samples }) => stream.probability(samples)));
    stream.close();
    expect(atOnce).toEqual(one);
  });

  it('can be closed while it listens', async () => {
    const stream = engine.open();
    const pending = stream.probability(spokenSamples().subarray(0, 320));
    stream.close();
    stream.close();
    expect(await pending).toBeGreaterThanOrEqual(0);
  });
});

describe('Silero takes nothing for speech that is none', () => {
  it.each([
    ['quiet noise', noise(5 * SECOND, 500)],
    ['loud noise', noise(5 * SECOND, 12_000)],
    ['bursts of noise', noise(5 * SECOND, 9000).map((sample, at) => (at % SECOND < 5000 ? sample : 0))],
    ['a tone', tone(5 * SECOND, SECOND)],
  ])('%s', async (_name, samples) => {
    expect(speechIn(await heardIn(silero, samples))).toBe(0);
  });
});
