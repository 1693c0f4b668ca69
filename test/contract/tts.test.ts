import { describe, expect, it } from 'vitest';
import { CachedTtsEngine } from '../../src/engines/speech/cached-tts.engine.js';
import type { SpeechRequest } from '../../src/engines/speech/tts.port.js';
import { speechStage } from './speech-stage.js';
import { describeTtsContract, newSignal, soundOf } from './tts.contract.js';

const stage = speechStage();
const slow = () => stage.provider.speech.say({ pieceBytes: 100, pieceDelayMs: 20 });

describeTtsContract('OpenAiTtsEngine', { subject: () => stage.tts(), slow });
describeTtsContract('FallbackTtsEngine', { subject: () => stage.chainedTts(), slow });
describeTtsContract('CachedTtsEngine', { subject: () => cached(), slow });

const cached = (bytes = 1_000_000) => new CachedTtsEngine(stage.chainedTts(), bytes, stage.tools.metrics);
const request = (more: Partial<SpeechRequest> = {}): SpeechRequest => ({
  text: 'Good morning, dear friend.',
  format: 'mp3',
  ...more,
});
const speak = (more: Partial<SpeechRequest> = {}) => soundOf(stage.tts().speak(request(more), newSignal()));

describe('what OpenAI is asked', () => {
  it('is the text with its voice, in the words of its protocol', async () => {
    await speak({ model: 'gpt-other', voice: 'nova', speed: 1.5, instructions: 'Whisper.' });
    expect(stage.provider.requests[0]?.body).toEqual({
      input: 'Good morning, dear friend.',
      model: 'gpt-other',
      voice: 'nova',
      response_format: 'mp3',
      speed: 1.5,
      instructions: 'Whisper.',
    });
  });

  it('is nothing where a caller names a model that is not allowed', async () => {
    const speaking = soundOf(stage.tts({ models: ['one'] }).speak(request({ model: 'two' }), newSignal()));
    await expect(speaking).rejects.toMatchObject({ code: 'RESOURCE_MODEL_NOT_FOUND' });
    expect(stage.provider.requests).toEqual([]);
  });
});

describe('failures of text to speech', () => {
  it.each([
    [{ kind: 'status', status: 401 }, 'ENGINE_AUTH_FAILED'],
    [{ kind: 'status', status: 400 }, 'ENGINE_REQUEST_REJECTED'],
    [{ kind: 'status', status: 429 }, 'ENGINE_RATE_LIMITED'],
    [{ kind: 'status', status: 500 }, 'ENGINE_FAILED'],
    [{ kind: 'cut-before-headers' }, 'ENGINE_UNAVAILABLE'],
    [{ kind: 'html' }, 'ENGINE_BAD_RESPONSE'],
    [{ kind: 'error-body', code: 500 }, 'ENGINE_FAILED'],
    [{ kind: 'cut-mid-stream' }, 'ENGINE_STREAM_CUT'],
  ] as const)('%j is %s, in our own words', async (fault, code) => {
    stage.provider.speech.say({ fault });
    await expect(speak()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^The text-to-speech service /),
    });
  });

  it.each(['hang-before-headers', 'hang-after-headers'] as const)('%s is a timeout', async (kind) => {
    stage.provider.speech.say({ fault: { kind } });
    const speaking = soundOf(stage.tts({ timeoutMs: 50 }).speak(request(), newSignal()));
    await expect(speaking).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
  });

  it('silence in the middle is a timeout', async () => {
    stage.provider.speech.say({ pieceBytes: 100, fault: { kind: 'hang-mid-stream' } });
    const speaking = soundOf(stage.tts({ idleTimeoutMs: 50 }).speak(request(), newSignal()));
    await expect(speaking).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });

  it.each(['speaks on', 'is silent'] as const)(
    'a caller who stops listening ends the request of a provider that %s',
    async (how) => {
      const fault = how === 'is silent' ? ({ kind: 'hang-mid-stream' } as const) : undefined;
      stage.provider.speech.say({ pieceBytes: 100, pieceDelayMs: 5, ...(fault && { fault }) });
      const speaking = stage.tts().speak(request({ text: 'x'.repeat(4000) }), newSignal());
      const sound = speaking[Symbol.asyncIterator]();
      expect((await sound.next()).value).toBeInstanceOf(Uint8Array);
      await sound.return?.();
      expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
    },
  );
});

describe('the next provider', () => {
  it('speaks with a voice of its own where the first one fails', async () => {
    stage.provider.speech.say({ fault: { kind: 'status', status: 500 } });
    await soundOf(stage.chainedTts().speak(request({ voice: 'nova' }), newSignal()));
    expect(stage.provider.requests[0]?.body).toMatchObject({ voice: 'nova' });
    expect(stage.second.requests[0]?.body).toMatchObject({ voice: 'other', input: request().text });
  });

  it('speaks where the first one takes too long', async () => {
    stage.provider.speech.say({ fault: { kind: 'hang-before-headers' } });
    const sound = await soundOf(stage.chainedTts({ timeoutMs: 50 }).speak(request(), newSignal()));
    expect(sound.length).toBeGreaterThan(0);
  });

  it('does not begin again what has begun', async () => {
    stage.provider.speech.say({ pieceBytes: 100, fault: { kind: 'cut-mid-stream' } });
    const speaking = soundOf(stage.chainedTts({ provider: 'cutting' }).speak(request(), newSignal()));
    await expect(speaking).rejects.toMatchObject({ code: 'ENGINE_STREAM_CUT' });
    expect(stage.second.requests).toEqual([]);
    const labels = { kind: 'tts', provider: 'cutting', outcome: 'ENGINE_STREAM_CUT' };
    expect(await stage.tools.metric('calls', labels)).toBe(1);
  });
});

describe('repeated texts', () => {
  it('are spoken from memory, and counted', async () => {
    const engine = cached();
    const before = await stage.tools.metric('cache', { kind: 'tts', outcome: 'hit' });
    const once = await soundOf(engine.speak(request(), newSignal()));
    expect(await soundOf(engine.speak(request({ speed: 1 }), newSignal()))).toEqual(once);
    expect(stage.provider.requests).toHaveLength(1);
    expect(await stage.tools.metric('cache', { kind: 'tts', outcome: 'hit' })).toBe(before + 1);
  });

  it.each<Partial<SpeechRequest>>([
    { text: 'Other.' },
    { format: 'wav' },
    { model: 'other' },
    { voice: 'nova' },
    { speed: 2 },
    { instructions: 'Sing.' },
  ])('are not those that differ in %j', async (more) => {
    const engine = cached();
    await soundOf(engine.speak(request(), newSignal()));
    await soundOf(engine.speak(request(more), newSignal()));
    expect(stage.provider.requests).toHaveLength(2);
  });

  it('are asked for again where the answer was cut, left, or too long to keep', async () => {
    const engine = cached();
    stage.provider.speech.say({ pieceBytes: 100, fault: { kind: 'cut-mid-stream' } });
    await expect(soundOf(engine.speak(request(), newSignal()))).rejects.toMatchObject({ code: 'ENGINE_STREAM_CUT' });
    stage.provider.speech.say({ pieceBytes: 100, pieceDelayMs: 5 });
    for await (const piece of engine.speak(request(), newSignal())) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await soundOf(engine.speak(request(), newSignal()));
    const small = cached(800);
    await soundOf(small.speak(request({ format: 'pcm' }), newSignal()));
    await soundOf(small.speak(request({ format: 'pcm' }), newSignal()));
    expect(stage.provider.requests).toHaveLength(5);
  });
});
