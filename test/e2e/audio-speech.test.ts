import { BadRequestError, InternalServerError, type OpenAI, PermissionDeniedError } from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { PROVIDER_SECRET } from '../fakes/provider-simulator.js';
import { soundOf } from '../fakes/speech-script.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { personality } from '../setup/config-folder.js';
import { openAiClient } from '../setup/openai-client.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({
  config: {
    'personalities/singer.yaml': personality(
      'singer',
      'voice: {tts: {voice: coral, model: sung-1, speed: 1.5, format: flac}}',
    ),
    'engines.development.yaml': { speech: { tts: { openai: { timeout_ms: 5000, idle_timeout_ms: 5000 } } } },
  },
});
let account: Account;
let client: OpenAI;

beforeAll(async () => {
  account = await newAccount(stage.url);
  client = openAiClient(stage.url, account);
});

let texts = 0;
/** Each its own, as repeated ones are spoken from memory. */
const newText = (about = 'Good morning.') => `${about} ${(texts += 1)}`;

const speak = (body: object, path = '/v1/audio/speech') => account.call('POST', path, body);

async function raw(body: object, path = '/v1/audio/speech'): Promise<{ response: Response; bytes: Buffer }> {
  const response = await fetch(stage.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${account.token}` },
    body: JSON.stringify(body),
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

describe('the OpenAI SDK', () => {
  it('gets the sound that the provider makes', async () => {
    const input = newText();
    const response = await client.audio.speech.create({ model: 'tts-1', voice: 'nova', input, speed: 1.25 });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(soundOf(input, 'mp3', 1.25).bytes);
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    const [request] = stage.provider.requests;
    expect(request?.body).toEqual({ input, model: 'tts-1', voice: 'nova', speed: 1.25, response_format: 'mp3' });
  });

  it('hears the beginning before the end is made', async () => {
    stage.provider.speech.say({ pieceBytes: 1000, fault: { kind: 'hang-mid-stream' } });
    const params = { model: 'tts-1', voice: 'nova', input: newText(), response_format: 'pcm' as const };
    const { body } = await client.audio.speech.create(params);
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value?.length).toBeGreaterThan(0);
    await reader.cancel();
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
  });

  it('gets events where it asks for them', async () => {
    const input = newText();
    const params = { model: 'tts-1', voice: 'nova', input, stream_format: 'sse' as const };
    const text = await (await client.audio.speech.create(params)).text();
    const events = text
      .trimEnd()
      .split('\n\n')
      .map((line) => JSON.parse(line.replace(/^data: /, '')));
    const deltas = events.slice(0, -1);
    expect(deltas.every(({ type }) => type === 'speech.audio.delta')).toBe(true);
    const sound = Buffer.concat(deltas.map(({ audio }) => Buffer.from(audio, 'base64')));
    expect(sound).toEqual(soundOf(input, 'mp3', 1).bytes);
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { estimated: true } });
  });

  it.each([
    [{ input: '' }, 'input'],
    [{ input: '   ' }, 'input'],
    [{ input: 'x'.repeat(4097) }, 'input'],
    [{ speed: 5 }, 'speed'],
    [{ response_format: 'midi' }, 'response_format'],
    [{ stream_format: 'video' }, 'stream_format'],
  ])('is refused with %j', async (wrong, param) => {
    const params = { model: 'tts-1', voice: 'nova', input: 'x', ...wrong } as OpenAI.Audio.SpeechCreateParams;
    const error: unknown = await client.audio.speech.create(params).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', param });
  });

  it('is told that the provider failed, and none of its words', async () => {
    stage.provider.speech.say({ fault: { kind: 'status', status: 500 } });
    const params = { model: 'tts-1', voice: 'nova', input: newText() };
    const error: unknown = await client.audio.speech.create(params).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ status: 502, code: 'ENGINE_FAILED' });
    expect(String(error)).not.toContain(PROVIDER_SECRET);
  });

  it('needs the scope of its key', async () => {
    const { body } = await account.call('POST', '/v1/api-keys', { name: 'chat', scopes: ['chat:write'] });
    const params = { model: 'tts-1', voice: 'nova', input: 'x' };
    const error: unknown = await openAiClient(stage.url, { token: body.key as string })
      .audio.speech.create(params)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PermissionDeniedError);
    const { body: audio } = await account.call('POST', '/v1/api-keys', { name: 'audio', scopes: ['audio'] });
    const allowed = openAiClient(stage.url, { token: audio.key as string });
    expect((await allowed.audio.speech.create({ ...params, input: newText() })).status).toBe(200);
  });
});

describe('speech', () => {
  it.each([
    ['mp3', 'audio/mpeg'],
    ['opus', 'audio/ogg'],
    ['aac', 'audio/aac'],
    ['flac', 'audio/flac'],
    ['wav', 'audio/wav'],
    ['pcm', 'audio/pcm'],
  ])('as %s is %s', async (format, mediaType) => {
    const { response } = await raw({ input: newText(), response_format: format });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, mediaType]);
  });

  it('has the voice of a personality, as far as the request says nothing else', async () => {
    const { response } = await raw({ input: newText(), personality_id: 'singer', speed: 2 });
    expect(response.headers.get('content-type')).toBe('audio/flac');
    const expected = { model: 'sung-1', voice: 'coral', speed: 2, response_format: 'flac' };
    expect(stage.provider.requests[0]?.body).toMatchObject(expected);
    expectRefusal(await speak({ input: 'x', personality_id: 'nobody' }), 404, 'RESOURCE_PERSONALITY_NOT_FOUND');
  });

  it('of long texts is asked for in pieces at the same time, and repeated ones come from memory', async () => {
    const inputs = Array.from({ length: 12 }, (_, at) => newText(`Part ${at} of a long text. ${'la '.repeat(50)}`));
    const sounds = await Promise.all(inputs.map((input) => raw({ input })));
    expect(sounds.map(({ bytes }) => bytes)).toEqual(inputs.map((input) => soundOf(input, 'mp3', 1).bytes));
    expect(stage.provider.requests).toHaveLength(12);
    const again = await Promise.all(inputs.map((input) => raw({ input }, '/v1/audio/tts')));
    expect(again.map(({ bytes }) => bytes)).toEqual(sounds.map(({ bytes }) => bytes));
    expect(stage.provider.requests).toHaveLength(12);
  });

  it('that breaks off in the middle cuts the connection, and is not kept', async () => {
    const input = newText('x'.repeat(2000));
    stage.provider.speech.say({ fault: { kind: 'cut-mid-stream' } });
    await expect(raw({ input, response_format: 'pcm' })).rejects.toThrow(/terminated|socket|aborted/i);
    expect((await raw({ input, response_format: 'pcm' })).bytes.equals(soundOf(input, 'pcm', 1).bytes)).toBe(true);
  });

  it.each([
    [{ kind: 'hang-before-headers' }, 504, 'ENGINE_TIMEOUT'],
    [{ kind: 'cut-before-headers' }, 503, 'ENGINE_UNAVAILABLE'],
    [{ kind: 'status', status: 401 }, 502, 'ENGINE_AUTH_FAILED'],
    [{ kind: 'html' }, 502, 'ENGINE_BAD_RESPONSE'],
  ] as const)('that fails by %j is refused with %i', async (fault, status, code) => {
    stage.provider.failRoute('/audio/speech', fault);
    expectRefusal(await speak({ input: newText() }), status, code);
    // Five failures in a row would leave the provider alone for half a minute.
    stage.provider.reset();
    expect((await speak({ input: newText() })).status).toBe(200);
  });

  it('needs somebody signed in', async () => {
    expectRefusal(await call(stage.url, 'POST', '/v1/audio/speech', { body: { input: 'x' } }), 401, 'AUTH_REQUIRED');
  });
});

describe('POST /v1/audio/tts/stream', () => {
  const eventsOf = (text: string) =>
    text
      .trimEnd()
      .split('\n\n')
      .map((event) => /^event: (\w+)\ndata: (.*)$/.exec(event))
      .map((match) => ({ name: match?.[1], ...JSON.parse(match?.[2] ?? '') }));

  it('sends numbered pieces, and an end', async () => {
    const text = newText('x'.repeat(500));
    const { bytes } = await raw({ text, response_format: 'pcm' }, '/v1/audio/tts/stream');
    const events = eventsOf(bytes.toString('utf8'));
    const chunks = events.filter(({ type }) => type === 'audio_chunk');
    expect(chunks.map(({ seq }) => seq)).toEqual(chunks.map((_, at) => at));
    const sound = Buffer.concat(chunks.map(({ audio }) => Buffer.from(audio, 'base64')));
    expect(sound.equals(soundOf(text, 'pcm', 1).bytes)).toBe(true);
    expect(events.at(-1)).toEqual({ name: 'done', type: 'done', chunks: chunks.length, format: 'pcm' });
  });

  it('tells a failure in the stream once it has begun, and by its status before', async () => {
    stage.provider.speech.say({ fault: { kind: 'cut-mid-stream' } });
    const body = { input: newText('x'.repeat(2000)), response_format: 'pcm' };
    const { bytes } = await raw(body, '/v1/audio/tts/stream');
    const last = eventsOf(bytes.toString('utf8')).at(-1);
    expect(last).toMatchObject({ name: 'error', error: { code: 'ENGINE_STREAM_CUT' } });
    stage.provider.speech.say({ fault: { kind: 'status', status: 503 } });
    expectRefusal(await speak({ input: newText() }, '/v1/audio/tts/stream'), 502, 'ENGINE_FAILED');
  });
});

describe('what speech leaves behind', () => {
  it('is counted, and never written down', async () => {
    const secret = newText('The password is marmalade');
    await raw({ input: secret });
    const metrics = await (await fetch(`${stage.url}/metrics`)).text();
    expect(metrics).toMatch(/cozy_tts_characters_total\{provider="openai"\} \d+/);
    expect(metrics).toMatch(/cozy_engine_calls_total\{kind="tts",provider="openai",outcome="ok"\} \d+/);
    expect(metrics).toMatch(/cozy_engine_cache_total\{kind="tts",outcome="hit"\} \d+/);
    expect(stage.server.output.join('\n')).not.toContain('marmalade');
  });
});
