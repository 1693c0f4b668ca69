import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { type Caller, MediaBrowser, noChromium } from '../setup/media-browser.js';
import { workerBinary } from '../setup/media-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { tone, wav } from '../setup/sound.js';
import { spokenSamples } from '../setup/speech.js';
import { signallingOf, VoiceClient } from '../setup/voice-client.js';

const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '1000' } });
const LONG = Array.from({ length: 12 }, (_, at) => `This is sentence number ${at + 1} of a long story.`).join(' ');
const soon = { timeout: 15_000, interval: 50 };
/** The simulated voice. */
const VOICE_HERTZ = 440;

/** Somebody in a call, over one of the transports. */
interface Person {
  client: VoiceClient;
  call: { call_id: string; session_id: string };
  say: () => Promise<void>;
  /** Resolves when the companion is heard. */
  hears: (from: number) => Promise<void>;
}

type Begin = (account: Account, settings?: object) => Promise<Person>;

const open: { close(): unknown }[] = [];
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function newClient(of = account): Promise<VoiceClient> {
  const client = await VoiceClient.connect(stage.url, of.token);
  open.push(client);
  return client;
}

const overSocket: Begin = async (of, settings = {}) => {
  const client = await newClient(of);
  const call = await client.get('call.start', { transport: 'socket', ...settings });
  client.talk();
  return {
    client,
    call,
    say: async () => client.say(spokenSamples()),
    hears: async (from) => void (await client.next('response.audio', from)),
  };
};

const messagesOf = async (sessionId: string) => {
  const { body } = await account.call('GET', `/v1/sessions/${sessionId}`);
  return body.messages as { role: string; content: string; metadata: Record<string, unknown> }[];
};

/** What holds for a call on whichever transport. */
function aCall(begin: () => Begin): void {
  it('hears, answers and is heard, and says how long each step took', async () => {
    const { client, call, say, hears } = await begin()(account);
    expect(await client.next('call.ready')).toMatchObject({ call_id: call.call_id, session_id: call.session_id });
    stage.provider.speech.hear({ text: 'What time is it?' });
    stage.provider.script({ text: 'It is noon. Time for lunch.' });
    await say();
    await client.next('speech.started');
    await client.next('speech.stopped');
    expect(await client.next('transcript.final')).toMatchObject({ text: 'What time is it?' });
    await hears(0);
    const done = await client.next('response.done');
    expect(
      client
        .of('response.text-delta')
        .map(({ text }) => text)
        .join(''),
    ).toBe('It is noon. Time for lunch.');
    expect(done).toMatchObject({ outcome: 'completed', usage: { total_tokens: expect.any(Number) } });
    expect(Object.keys(done.timings)).toEqual([
      'speech_end',
      'transcript_final',
      'llm_first_token',
      'tts_first_byte',
      'first_audio_out',
      'done',
    ]);
    expect(Object.values(done.timings).every((at) => typeof at === 'number')).toBe(true);
    expect((await messagesOf(call.session_id)).slice(-2)).toMatchObject([
      { role: 'user', content: 'What time is it?', metadata: { is_voice_call: true } },
      { role: 'assistant', content: 'It is noon. Time for lunch.' },
    ]);
  });

  it('is interrupted by speech, and keeps what was heard', async () => {
    const { client, call, say, hears } = await begin()(account);
    stage.provider.script({ text: LONG }, { text: 'Of course.' });
    await client.get('text.send', { text: 'Tell me a story.' });
    await hears(0);
    stage.provider.speech.hear({ text: 'Stop please.' });
    const from = client.events.length;
    await say();
    await client.state('paused', from);
    const { heard_text: heard } = await client.next('response.interrupted');
    expect(LONG.startsWith(heard.trim())).toBe(true);
    expect(heard.length).toBeLessThan(LONG.length / 2);
    expect(await client.next('response.done')).toMatchObject({ outcome: 'interrupted' });
    await client.next('response.done', 0, ({ outcome }) => outcome === 'completed');
    const [, spoken] = (await messagesOf(call.session_id)).slice(-4);
    expect(spoken).toMatchObject({ role: 'assistant', content: heard, metadata: { interrupted: true } });
    expect(client.of('response.audio').every(({ turn_id }, at, all) => turn_id >= (all[at - 1]?.turn_id ?? ''))).toBe(
      true,
    );
  });

  it('goes on after an interruption without words', async () => {
    const { client, say, hears } = await begin()(account);
    stage.provider.script({ text: LONG.slice(0, 300) });
    await client.get('text.send', { text: 'Tell me a story.' });
    await hears(0);
    stage.provider.speech.hear({ text: '' });
    const from = client.events.length;
    await say();
    await client.state('paused', from);
    await client.state('speaking', from);
    expect(await client.next('response.done')).toMatchObject({ outcome: 'completed' });
    expect(client.of('response.interrupted')).toEqual([]);
  });

  it('takes typed text and speech in one session, and stops when told to', async () => {
    const { client, call, say, hears } = await begin()(account);
    stage.provider.script({ text: 'One.' }, { text: 'Two.' }, { text: LONG });
    await client.get('text.send', { text: 'First.' });
    await client.next('response.done', 0, ({ turn_id }) => turn_id === 'turn_1');
    stage.provider.speech.hear({ text: 'Second.' });
    await say();
    await client.next('response.done', 0, ({ turn_id }) => turn_id === 'turn_2');
    const from = client.events.length;
    await client.get('text.send', { text: 'Third.' });
    await hears(from);
    await client.get('response.cancel', { turn_id: 'turn_3' });
    expect(await client.next('response.done', from)).toMatchObject({ turn_id: 'turn_3', outcome: 'cancelled' });
    await client.state('listening', from);
    const said = (await messagesOf(call.session_id)).filter(({ role }) => role === 'user');
    expect(said.map(({ content }) => content)).toEqual(['First.', 'Second.', 'Third.']);
  });

  it('calls a tool', async () => {
    const { client } = await begin()(account);
    stage.provider.script(
      { toolCalls: [{ name: 'calculator', arguments: '{"expression":"6*7"}' }] },
      { text: 'It is 42.' },
    );
    await client.get('text.send', { text: 'What is six times seven?' });
    await client.next('response.done');
    expect(client.of('response.tool')).toMatchObject([
      { name: 'calculator', status: 'running' },
      { name: 'calculator', status: 'done' },
    ]);
  });

  it('is found again by another socket when its own is lost', async () => {
    const { client, call, hears } = await begin()(account);
    stage.provider.script({ text: LONG.slice(0, 200) });
    await client.get('text.send', { text: 'Tell me a story.' });
    await hears(0);
    client.close();
    const again = await newClient();
    expect(await again.get('call.resume', { call_id: call.call_id })).toMatchObject({ session_id: call.session_id });
    expect(await again.next('call.ready')).toMatchObject({ call_id: call.call_id });
    expect(await again.next('response.done')).toMatchObject({ outcome: 'completed' });
  });

  it('ends when its client says so', async () => {
    const { client, call } = await begin()(account);
    await client.get('call.end');
    expect(await client.next('call.ended')).toEqual({ reason: 'client' });
    expect(await client.ask('text.send', { text: 'Hello?' })).toMatchObject({ error: { code: 'RESOURCE_NOT_FOUND' } });
    expect(await client.ask('call.resume', { call_id: call.call_id })).toMatchObject({
      error: { code: 'RESOURCE_NOT_FOUND' },
    });
  });
}

describe('a call over a socket', { timeout: 60_000 }, () => {
  aCall(() => overSocket);

  it('sends 20 ms of sound at a time, in order, at the pace of speech', async () => {
    const { client } = await overSocket(account);
    stage.provider.script({ text: 'Good morning to you.' });
    await client.get('text.send', { text: 'Hello.' });
    await client.next('response.done');
    const frames = client.of('response.audio');
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, at) => at));
    expect(frames.every(({ audio }) => Buffer.isBuffer(audio) && audio.length === 960)).toBe(true);
    expect(frames.length).toBe('Good morning to you.'.length);
  });

  it('takes an utterance between two commits', async () => {
    const client = await newClient();
    await client.get('call.start', { transport: 'socket', turn_detection: { type: 'none' }, respond: false });
    expect(await client.ask('audio.append', Buffer.alloc(3))).toMatchObject({ error: { code: 'VALIDATION_FAILED' } });
    await client.get('audio.append', Buffer.alloc(32_000));
    await client.get('audio.clear');
    await client.get('audio.append', Buffer.alloc(64_000));
    await client.get('audio.commit');
    expect(await client.next('transcript.final')).toMatchObject({ text: 'I heard 2000 ms.' });
    expect(client.of('response.started')).toEqual([]);
    await client.get('response.create');
    expect(await client.next('response.done')).toMatchObject({ outcome: 'completed' });
    await client.get('audio.commit');
    expect(await client.next('error')).toMatchObject({ code: 'VALIDATION_FAILED', turn_id: null });
  });

  it('changes while it runs', async () => {
    const { client } = await overSocket(account);
    await client.get('call.update', { spoken: false, turn_detection: { silence_duration_ms: 300 } });
    await client.get('text.send', { text: 'Hello.' });
    await client.next('response.done');
    expect(client.of('response.audio')).toEqual([]);
  });

  it('is taken over by another socket, and not ended by the first one’s going', async () => {
    const { client, call } = await overSocket(account);
    const other = await newClient();
    await other.get('call.resume', { call_id: call.call_id });
    expect(await client.next('error')).toMatchObject({ code: 'RESOURCE_CONFLICT' });
    client.close();
    await other.get('text.send', { text: 'Hello.' });
    expect(await other.next('response.done')).toMatchObject({ outcome: 'completed' });
  });
});

describe.skipIf(noChromium || !workerBinary)('a call from a browser', { timeout: 90_000 }, () => {
  let browser: MediaBrowser;
  const speech = wav(spokenSamples(), 16_000).toString('base64');

  beforeAll(async () => {
    browser = await MediaBrowser.open(wav(tone(VOICE_HERTZ, 1000, 48_000), 48_000));
  });
  afterAll(() => browser?.close());

  const overWebRtc = async (of: Account, settings: object = {}): Promise<Person & { caller: Caller }> => {
    const client = await newClient(of);
    const call = await client.get('call.start', { transport: 'webrtc', ...settings });
    const caller = await browser.caller();
    open.push(caller.page);
    await caller.join(signallingOf(client, call), { useMicrophone: false });
    await caller.ask('useVoice');
    return {
      client,
      call,
      caller,
      say: () => caller.ask('say', speech),
      hears: () =>
        vi.waitFor(async () => {
          const { hertz, decibels } = await caller.ask<{ hertz: number; decibels: number }>('tone');
          expect(Math.abs(hertz - VOICE_HERTZ)).toBeLessThan(15);
          expect(decibels).toBeGreaterThan(-60);
        }, soon),
    };
  };

  aCall(() => overWebRtc);

  it('goes on over a new path', async () => {
    const { client, caller, hears } = await overWebRtc(account);
    await caller.ask('restartIce');
    stage.provider.script({ text: LONG.slice(0, 150) });
    await client.get('text.send', { text: 'Still there?' });
    await hears(0);
    expect(await client.next('response.done')).toMatchObject({ outcome: 'completed' });
  });

  it('gets new transports after it has lost its own', async () => {
    const first = await overWebRtc(account);
    first.client.close();
    await first.caller.page.close();
    const client = await newClient();
    const call = await client.get('call.resume', { call_id: first.call.call_id, new_transports: true });
    expect(call.send_transport.id).not.toBe((first.call as unknown as typeof call).send_transport.id);
    const caller = await browser.caller();
    open.push(caller.page);
    await caller.join(signallingOf(client, call), { useMicrophone: false });
    await caller.ask('useVoice');
    stage.provider.speech.hear({ text: 'Can you hear me?' });
    await caller.ask('say', speech);
    expect(await client.next('transcript.final')).toMatchObject({ text: 'Can you hear me?' });
  });
});
