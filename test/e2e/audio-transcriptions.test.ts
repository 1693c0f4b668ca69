import { readFileSync } from 'node:fs';
import { BadRequestError, type OpenAI, toFile } from 'openai';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PROVIDER_SECRET } from '../fakes/provider-simulator.js';
import { audioSaying, soundOf } from '../fakes/speech-script.js';
import { wav as wavFile } from '../setup/sound.js';
import { type Account, type Answer, newAccount } from '../setup/account.js';
import { personality } from '../setup/config-folder.js';
import { openAiClient } from '../setup/openai-client.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { SPOKEN_FILE } from '../setup/speech.js';

const stage = simulatedServer({
  config: {
    'personalities/listener.yaml': personality('listener', 'voice: {stt: {model: gpt-own, language: de}}'),
    'engines.development.yaml': { speech: { stt: { openai: { recording_timeout_ms: 5000 } } } },
  },
});
let account: Account;
let client: OpenAI;

beforeAll(async () => {
  account = await newAccount(stage.url);
  client = openAiClient(stage.url, account);
});

const wav = (text: string) => wavFile(audioSaying(text, 2000), 16_000);
const fileSaying = (text: string) => toFile(wav(text), 'speech.wav', { type: 'audio/wav' });

interface Upload {
  bytes?: Buffer;
  name?: string;
  type?: string;
  field?: string;
  fields?: Record<string, string>;
  path?: string;
}

async function upload(url: string, token: string, given: Upload): Promise<Answer> {
  const response = await fetch(url + (given.path ?? '/v1/audio/transcriptions'), {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: formOf(given),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function formOf({ bytes, name = 'a.wav', type = 'audio/wav', field = 'file', fields = {} }: Upload): FormData {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  if (bytes) form.append(field, new Blob([Uint8Array.from(bytes)], { type }), name);
  return form;
}

const send = (given: Upload) => upload(stage.url, account.token, given);

describe('the OpenAI SDK', () => {
  it('gets the text of a recording', async () => {
    const file = await fileSaying('Good morning, Ana.');
    const params = { file, model: 'whisper-1', language: 'en', prompt: 'Ana', temperature: 0.5 };
    expect(await client.audio.transcriptions.create(params)).toMatchObject({ text: 'Good morning, Ana.' });
    const [request] = stage.provider.requests;
    const { file: _, ...fields } = params;
    expect(request?.body).toEqual({ ...fields, temperature: '0.5', response_format: 'json' });
    expect(request?.file).toMatchObject({ name: 'audio.wav', bytes: wav('Good morning, Ana.') });
  });

  it('gets it in pieces as the provider tells it', async () => {
    const file = await fileSaying('One two three.');
    const stream = await client.audio.transcriptions.create({ file, model: 'gpt-4o-transcribe', stream: true });
    const events = [];
    for await (const event of stream) events.push(event);
    const done = events.at(-1);
    const deltas = events.flatMap((event) => (event.type === 'transcript.text.delta' ? [event.delta] : []));
    expect(deltas.join('')).toBe('One two three.');
    expect(deltas.length).toBeGreaterThan(1);
    expect(done).toMatchObject({ type: 'transcript.text.done', text: 'One two three.' });
  });

  it('gets segments with their times', async () => {
    const file = await fileSaying('Good morning. How are you?');
    const verbose = await client.audio.transcriptions.create({
      file,
      model: 'whisper-1',
      response_format: 'verbose_json',
    });
    expect(verbose).toMatchObject({ text: 'Good morning. How are you?', duration: 2, language: 'english' });
    expect(verbose.segments).toMatchObject([
      { id: 0, start: 0, end: 1, text: 'Good morning.' },
      { id: 1, start: 1, end: 2, text: 'How are you?' },
    ]);
  });

  it('gets subtitles, also where the model itself tells no times', async () => {
    const file = await fileSaying('Good morning. How are you?');
    const model = 'gpt-4o-transcribe';
    const srt: unknown = await client.audio.transcriptions.create({ file, model, response_format: 'srt' });
    expect(srt).toBe(
      '1\n00:00:00,000 --> 00:00:01,000\nGood morning.\n\n2\n00:00:01,000 --> 00:00:02,000\nHow are you?\n',
    );
    const vtt: unknown = await client.audio.transcriptions.create({ file, model, response_format: 'vtt' });
    expect(vtt).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:01\.000\nGood morning\.\n/);
  });

  it('is told what is no audio', async () => {
    const file = await toFile(Buffer.from('just words'), 'speech.wav');
    const asking = client.audio.transcriptions.create({ file, model: 'whisper-1' });
    const error: unknown = await asking.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ code: 'VALIDATION_AUDIO_FORMAT', param: 'file' });
    expect(stage.provider.requests).toEqual([]);
  });
});

describe('a recording', () => {
  it('may be real speech, under the aliases and as another field, too', async () => {
    stage.provider.speech.hear({ text: 'What time is it?' });
    const answer = await send({ bytes: readFileSync(SPOKEN_FILE), field: 'audio', path: '/api/v1/audio/stt' });
    expect(answer).toMatchObject({ status: 200, body: { text: 'What time is it?' } });
  });

  it('is known by its content, not by its name', async () => {
    for (const format of ['wav', 'flac', 'opus', 'aac']) {
      await send({ bytes: soundOf('x', format, 1).bytes, name: 'a.txt', type: 'text/plain' });
    }
    const names = stage.provider.requests.map(({ file }) => file?.name);
    expect(names).toEqual(['audio.wav', 'audio.flac', 'audio.ogg', 'audio.aac']);
  });

  it('may be raw samples, where their sender says so', async () => {
    const raw = Buffer.from(audioSaying('Raw.').buffer);
    const answer = await send({ bytes: raw, name: 'a.bin', type: 'audio/pcm', fields: { sample_rate: '24000' } });
    expect(answer).toMatchObject({ status: 200, body: { text: 'Raw.' } });
    expect(stage.provider.requests[0]?.file?.bytes.readUInt32LE(24)).toBe(24_000);
    expectRefusal(await send({ bytes: raw, name: 'a.bin', type: 'text/plain' }), 400, 'VALIDATION_AUDIO_FORMAT');
  });

  it.each<[string, Upload, number, string]>([
    ['missing', {}, 400, 'VALIDATION_FAILED'],
    ['empty', { bytes: Buffer.alloc(0) }, 400, 'VALIDATION_FAILED'],
    ['larger than 25 MB', { bytes: Buffer.alloc(25 * 1024 * 1024 + 1) }, 413, 'VALIDATION_BODY_TOO_LARGE'],
    [
      'in an unknown format of answer',
      { bytes: wav('x'), fields: { response_format: 'xml' } },
      400,
      'VALIDATION_FAILED',
    ],
    ['too hot', { bytes: wav('x'), fields: { temperature: '2' } }, 400, 'VALIDATION_FAILED'],
    ['in no language', { bytes: wav('x'), fields: { language: 'English!' } }, 400, 'VALIDATION_FAILED'],
    ['for nobody', { bytes: wav('x'), fields: { personality_id: 'nobody' } }, 404, 'RESOURCE_PERSONALITY_NOT_FOUND'],
    [
      'streamed as subtitles',
      { bytes: wav('x'), fields: { stream: 'true', response_format: 'srt' } },
      400,
      'VALIDATION_FAILED',
    ],
  ])('that is %s is refused', async (_name, given, status, code) => {
    expectRefusal(await send(given), status, code);
    expect(stage.provider.requests).toEqual([]);
  });

  it('is not read for those who are not signed in', async () => {
    expectRefusal(await upload(stage.url, 'nobody', { bytes: wav('x') }), 401, 'AUTH_TOKEN_INVALID');
  });

  it('that is no form at all is refused', async () => {
    expectRefusal(
      await account.call('POST', '/v1/audio/transcriptions', { file: 'x' }),
      400,
      'VALIDATION_FAILED',
      'file',
    );
    const form = { 'Content-Type': 'multipart/form-data; boundary=x' };
    expectRefusal(await account.call('POST', '/v1/audio/stt', '--y\r\n', form), 400, 'VALIDATION_FAILED');
    expectRefusal(await account.call('POST', '/v1/chat/completions', '--x--', form), 415, 'VALIDATION_MEDIA_TYPE');
  });

  it('is heard as its personality says', async () => {
    await send({ bytes: wav('x'), fields: { personality_id: 'listener' } });
    expect(stage.provider.requests[0]?.body).toMatchObject({ model: 'gpt-own', language: 'de' });
  });
});

describe('a provider that fails', () => {
  /** Five failures in a row would leave it alone for half a minute. */
  afterEach(async () => {
    stage.provider.reset();
    await send({ bytes: wav('All is well.') });
  });

  it.each([
    [{ kind: 'status', status: 500 }, 502, 'ENGINE_FAILED'],
    [{ kind: 'status', status: 429 }, 503, 'ENGINE_RATE_LIMITED'],
    [{ kind: 'cut-before-headers' }, 503, 'ENGINE_UNAVAILABLE'],
    [{ kind: 'hang-before-headers' }, 504, 'ENGINE_TIMEOUT'],
  ] as const)('by %j is told by %i, streamed or not', async (fault, status, code) => {
    stage.provider.failRoute('/audio/transcriptions', fault);
    for (const stream of ['false', 'true']) {
      const answer = await send({ bytes: wav('x'), fields: { stream } });
      expectRefusal(answer, status, code);
      expect(JSON.stringify(answer.body)).not.toContain(PROVIDER_SECRET);
    }
  });

  it('in the middle of a transcript is told in the stream', async () => {
    stage.provider.speech.hear({ text: 'one two three four', fault: { kind: 'cut-mid-stream' } });
    const { status, body } = await send({ bytes: wav('x'), fields: { stream: 'true' } });
    expect(status).toBe(200);
    const events = (body as string)
      .trimEnd()
      .split('\n\n')
      .map((line) => JSON.parse(line.replace('data: ', '')));
    expect(events.at(0)).toEqual({ type: 'transcript.text.delta', delta: 'one' });
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'ENGINE_STREAM_CUT' } });
  });

  it('to tell times cannot make subtitles of what it heard', async () => {
    stage.provider.speech.hear({ segments: false, text: 'Hello.' });
    const { status, body } = await send({ bytes: wav('x'), fields: { response_format: 'srt' } });
    expect([status, body]).toEqual([200, '1\n00:00:00,000 --> 00:00:02,000\nHello.\n']);
  });
});

describe('a client that leaves', () => {
  it('ends the request to the provider', async () => {
    stage.provider.speech.hear({ fault: { kind: 'hang-before-headers' } });
    const controller = new AbortController();
    const arriving = stage.provider.nextRequest();
    const options = { signal: controller.signal };
    const params = { file: await fileSaying('x'), model: 'whisper-1' };
    const asking = client.audio.transcriptions.create(params, options).catch((thrown: unknown) => thrown);
    const request = await arriving;
    controller.abort();
    await asking;
    expect(await request.outcome).toBe('aborted');
  });
});
