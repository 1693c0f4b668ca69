import { describe, expect, it } from 'vitest';
import { Endpointing, type EndpointSettings } from './endpointing.js';

const SETTINGS: EndpointSettings = {
  threshold: 0.5,
  prefixMs: 300,
  silenceMs: 500,
  minSpeechMs: 200,
  eagerness: 'auto',
  isSemantic: false,
};

/** `_` is silence, `s` speech, `m` in between; a character is a frame of 20 ms. Frames are told by their place. */
const LEVELS: Record<string, number> = { _: 0.02, s: 0.9, m: 0.4 };

function hear(sound: string, change: Partial<EndpointSettings> = {}, mostMs = 60_000) {
  const endpointing = new Endpointing<number>({ ...SETTINGS, ...change }, mostMs);
  const heard: { type: string; at: number; first?: number; frames?: number; silenceMs?: number }[] = [];
  for (const [at, level] of sound.split('').entries()) {
    const found = endpointing.push(at, LEVELS[level] ?? 0);
    if (found?.type === 'start') heard.push({ type: 'start', at, first: found.frames[0], frames: found.frames.length });
    if (found?.type === 'stop') heard.push({ type: 'stop', at, silenceMs: found.silenceMs });
  }
  return heard;
}

describe('the ends of an utterance', () => {
  it('are 200 ms of speech and 500 ms of silence, 300 ms before the speech included', () => {
    expect(hear('_'.repeat(50) + 's'.repeat(40) + '_'.repeat(40))).toEqual([
      { type: 'start', at: 59, first: 35, frames: 25 },
      { type: 'stop', at: 114, silenceMs: 500 },
    ]);
  });

  it('include no more before the speech than there was', () => {
    expect(hear('__' + 's'.repeat(12))[0]).toEqual({ type: 'start', at: 11, first: 0, frames: 12 });
  });

  it.each([
    ['a click', 's'],
    ['180 ms of sound', 's'.repeat(9)],
    ['clicks with silence between them', 'sss______'.repeat(10)],
    ['a murmur', 'm'.repeat(100)],
  ])('are not found in %s', (_, sound) => {
    expect(hear('_'.repeat(20) + sound + '_'.repeat(40))).toEqual([]);
  });

  it('are found where short gaps lie within the first sounds', () => {
    expect(hear('_'.repeat(20) + 'ssss__sss___ssss' + '_'.repeat(30)).map(({ type }) => type)).toEqual([
      'start',
      'stop',
    ]);
  });

  it('lie beyond pauses that are shorter than the silence', () => {
    const sound = 's'.repeat(20) + '_'.repeat(24) + 's'.repeat(20) + '_'.repeat(25);
    expect(hear(sound).map(({ type }) => type)).toEqual(['start', 'stop']);
  });

  it('are not found in speech that becomes softer', () => {
    expect(hear('s'.repeat(20) + 'm'.repeat(100)).map(({ type }) => type)).toEqual(['start']);
  });

  it('are found again and again, each with its own beginning', () => {
    const one = '_'.repeat(30) + 's'.repeat(20) + '_'.repeat(30);
    expect(hear(one + one).map(({ type, first }) => [type, first])).toEqual([
      ['start', 15],
      ['stop', undefined],
      ['start', 95],
      ['stop', undefined],
    ]);
  });

  it('are made where somebody does not stop', () => {
    expect(hear('s'.repeat(60), {}, 1000).map(({ type, at }) => [type, at])).toEqual([
      ['start', 9],
      ['stop', 49],
      ['start', 59],
    ]);
  });

  it('are found at once where no least length is asked for', () => {
    expect(hear('_s', { minSpeechMs: 0, prefixMs: 0 })).toEqual([{ type: 'start', at: 1, first: 1, frames: 1 }]);
  });

  it.each([
    ['high', 20],
    ['auto', 35],
    ['medium', 35],
    ['low', 60],
  ] as const)('wait for the eagerness %s', (eagerness, frames) => {
    const heard = hear('s'.repeat(20) + '_'.repeat(80), { isSemantic: true, eagerness });
    expect(heard.at(-1)).toMatchObject({ type: 'stop', at: 19 + frames });
  });

  it('come sooner after a whole sentence', () => {
    const endpointing = new Endpointing<number>({ ...SETTINGS, isSemantic: true, eagerness: 'low' }, 60_000);
    for (let at = 0; at < 20; at++) endpointing.push(at, 0.9);
    endpointing.noteWhole(true);
    const stops = Array.from({ length: 30 }, (_, at) => endpointing.push(at, 0)?.type);
    expect(stops.indexOf('stop')).toBe(29);
  });

  it('are there when the speaker leaves', () => {
    const endpointing = new Endpointing<number>(SETTINGS, 60_000);
    expect(endpointing.stop()).toBeNull();
    for (let at = 0; at < 20; at++) endpointing.push(at, 0.9);
    expect([endpointing.isSpeaking, endpointing.stop(), endpointing.isSpeaking]).toEqual([
      true,
      { type: 'stop', silenceMs: 0 },
      false,
    ]);
  });
});
