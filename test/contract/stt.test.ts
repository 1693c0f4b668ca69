import { describe, expect, it } from 'vitest';
import { collect, describeSttContract, newSignal, recordingOf, said } from './stt.contract.js';
import { speechStage } from './speech-stage.js';

const stage = speechStage();

describeSttContract('OpenAiSttEngine', () => stage.stt());
describeSttContract('FallbackSttEngine', () => stage.chainedStt());

const hear = (text = 'Good morning, dear friend.') => collect(stage.stt().stream(said(text), {}, newSignal()));

describe('what OpenAI is asked', () => {
  it('is a file with the options, in the words of its protocol', async () => {
    const options = { model: 'gpt-other', language: 'de', prompt: 'Biscuit', temperature: 0.2 };
    await stage.stt({ apiKey: 'key-1' }).transcribe({ ...recordingOf('x'), format: 'mp3' }, options, newSignal());
    const [request] = stage.provider.requests;
    expect(request?.body).toEqual({ ...options, temperature: '0.2', response_format: 'json' });
    expect(request?.file?.name).toBe('audio.mp3');
    expect(request?.headers.authorization).toBe('Bearer key-1');
  });

  it('is a WAV file of all that was said', async () => {
    await hear();
    const { file, body } = stage.provider.requests[0] ?? {};
    expect(file?.bytes.subarray(0, 4).toString('latin1')).toBe('RIFF');
    expect(file?.bytes.readUInt32LE(24)).toBe(16_000);
    expect(file?.bytes.length).toBe(44 + (file?.bytes.readUInt32LE(40) ?? 0));
    expect(body).toMatchObject({ stream: 'true' });
  });

  it('is never a stream where the model does not stream', async () => {
    const engine = stage.stt({ model: 'whisper-1' });
    expect(await collect(engine.stream(said('Hello.'), {}, newSignal()))).toMatchObject([{ type: 'final' }]);
    expect(stage.provider.requests[0]?.body).not.toHaveProperty('stream');
  });

  it('is nothing where a caller names a model that is not allowed', async () => {
    const engine = stage.stt({ models: ['gpt-one'] });
    const asking = engine.transcribe(recordingOf('x'), { model: 'gpt-two' }, newSignal());
    await expect(asking).rejects.toMatchObject({ code: 'RESOURCE_MODEL_NOT_FOUND' });
    expect(stage.provider.requests).toEqual([]);
  });
});

describe('failures of speech to text', () => {
  it.each([
    [{ kind: 'status', status: 401 }, 'ENGINE_AUTH_FAILED'],
    [{ kind: 'status', status: 400 }, 'ENGINE_REQUEST_REJECTED'],
    [{ kind: 'status', status: 404 }, 'RESOURCE_MODEL_NOT_FOUND'],
    [{ kind: 'status', status: 429, headers: { 'retry-after': '7' } }, 'ENGINE_RATE_LIMITED'],
    [{ kind: 'status', status: 500 }, 'ENGINE_FAILED'],
    [{ kind: 'cut-before-headers' }, 'ENGINE_UNAVAILABLE'],
    [{ kind: 'html' }, 'ENGINE_BAD_RESPONSE'],
    [{ kind: 'error-body', code: 500 }, 'ENGINE_FAILED'],
    [{ kind: 'no-finish' }, 'ENGINE_STREAM_CUT'],
    [{ kind: 'cut-mid-stream' }, 'ENGINE_STREAM_CUT'],
    [{ kind: 'garbage-chunk' }, 'ENGINE_BAD_RESPONSE'],
    [{ kind: 'error-chunk', code: 500 }, 'ENGINE_FAILED'],
  ] as const)('%j is %s, in our own words', async (fault, code) => {
    stage.provider.speech.hear({ fault });
    await expect(hear()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^The speech-to-text service /),
      ...(code === 'ENGINE_RATE_LIMITED' && { retryAfterSeconds: 7 }),
    });
  });

  it.each(['hang-before-headers', 'hang-after-headers'] as const)('%s is a timeout', async (kind) => {
    stage.provider.speech.hear({ fault: { kind } });
    const hearing = collect(stage.stt({ timeoutMs: 50 }).stream(said('x y'), {}, newSignal()));
    await expect(hearing).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
  });

  it('silence in the middle of a transcript is a timeout', async () => {
    stage.provider.speech.hear({ fault: { kind: 'hang-mid-stream' } });
    const hearing = collect(stage.stt({ idleTimeoutMs: 50 }).stream(said('x y'), {}, newSignal()));
    await expect(hearing).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });

  it('a caller who leaves ends the request', async () => {
    stage.provider.speech.hear({ fault: { kind: 'hang-before-headers' } });
    const controller = new AbortController();
    const arriving = stage.provider.nextRequest();
    const hearing = stage.stt().transcribe(recordingOf('x'), {}, controller.signal);
    const request = await arriving;
    controller.abort(new Error('gone'));
    await expect(hearing).rejects.toThrow('gone');
    expect(await request.outcome).toBe('aborted');
  });

  it('closing the engine ends what it is doing', async () => {
    stage.provider.speech.hear({ fault: { kind: 'hang-before-headers' } });
    const engine = stage.stt();
    const arriving = stage.provider.nextRequest();
    const hearing = engine.transcribe(recordingOf('x'), {}, newSignal());
    await arriving;
    await Promise.all([expect(hearing).rejects.toMatchObject({ code: 'INTERNAL_SHUTTING_DOWN' }), engine.close()]);
  });
});

describe('the next provider', () => {
  it('hears the same where the first one fails', async () => {
    stage.provider.speech.hear({ fault: { kind: 'status', status: 500 } });
    const events = await collect(
      stage.chainedStt().stream(said('Can you hear me?'), { model: 'gpt-named' }, newSignal()),
    );
    expect(events.at(-1)).toMatchObject({ type: 'final', transcript: { text: 'Can you hear me?' } });
    expect(stage.provider.requests[0]?.body).toMatchObject({ model: 'gpt-named' });
    expect(stage.second.requests[0]?.body).toMatchObject({ model: 'gpt-second' });
  });

  it('replaces what the first one had begun to say', async () => {
    stage.provider.speech.hear({ text: 'wrong words here now', fault: { kind: 'cut-mid-stream' } });
    const events = await collect(stage.chainedStt().stream(said('Right.'), {}, newSignal()));
    expect(events[0]).toEqual({ type: 'partial', text: 'wrong' });
    expect(events.slice(-2)).toMatchObject([{ type: 'partial', text: 'Right.' }, { type: 'final' }]);
  });

  it('is asked at once where the first one does not understand the language', async () => {
    const engine = stage.chainedStt({}, ['de']);
    await engine.transcribe(recordingOf('x'), { language: 'fr' }, newSignal());
    expect([stage.provider.requests.length, stage.second.requests.length]).toEqual([0, 1]);
  });

  it('is asked at once after the first one has failed five times, and calls are counted', async () => {
    const engine = stage.chainedStt({ provider: 'broken' });
    stage.provider.failRoute('/audio/transcriptions', { kind: 'status', status: 503 });
    for (let at = 0; at < 6; at++) await engine.transcribe(recordingOf('x'), {}, newSignal());
    expect([stage.provider.requests.length, stage.second.requests.length]).toEqual([5, 6]);
    const count = (outcome: string) => stage.tools.metric('calls', { kind: 'stt', provider: 'broken', outcome });
    expect([await count('ENGINE_FAILED'), await count('breaker_open')]).toEqual([5, 1]);
    expect(await stage.tools.metric('breaker', { kind: 'stt', provider: 'broken' })).toBe(2);
  });

  it('does not hide what was wrong with the first', async () => {
    stage.provider.speech.hear({ fault: { kind: 'status', status: 400 } });
    stage.second.speech.hear({ fault: { kind: 'status', status: 500 } });
    const asking = stage.chainedStt().transcribe(recordingOf('x'), {}, newSignal());
    await expect(asking).rejects.toMatchObject({ code: 'ENGINE_REQUEST_REJECTED' });
  });
});
