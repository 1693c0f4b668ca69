import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { newAccount } from '../test/setup/account.js';
import { spokenSamples } from '../test/setup/speech.js';
import { startTestServer } from '../test/setup/test-server.js';
import { VoiceClient } from '../test/setup/voice-client.js';
import { percentile } from './load.js';
import { cpuSeconds, startSimulator } from './processes.js';

// What a call costs over the socket transport, callers and server on one machine: from the transcript to the first sound
// (our own part and two calls of a simulated provider that answers at once), from detected speech to the last frame of an
// answer that is interrupted, the server's CPU, and frames that came late.

const CALLERS = [1, 20, 50];
const TURNS = 3;
const BARGE_INS = 10;
/** A frame is 20 ms; the server may be three ahead. */
const LATE_MS = 80;
const ROOT = path.resolve(import.meta.dirname, '..');
const rounded = (value: number) => Math.round(value * 10) / 10;

async function caller(url: string): Promise<VoiceClient> {
  const { token } = await newAccount(url);
  const client = await VoiceClient.connect(url, token);
  await client.get('call.start', { transport: 'socket' });
  client.talk();
  return client;
}

interface Spoken {
  /** Milliseconds from the transcript to the first sound. */
  answered: number[];
  frames: number;
  late: number;
}

/** Says something several times, each time once the answer has been heard. */
async function converse(client: VoiceClient, turns: number): Promise<Spoken> {
  const answered: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const from = client.events.length;
    client.say(spokenSamples());
    const { timings } = await client.next('response.done', from);
    answered.push(timings.first_audio_out - timings.transcript_final);
  }
  const sounds = client.events.filter(({ name }) => name === 'response.audio');
  const gaps = sounds.flatMap(({ at, body }, index) => {
    const before = sounds[index - 1];
    return before?.body.turn_id === body.turn_id ? [at - (before?.at ?? at)] : [];
  });
  return { answered, frames: sounds.length, late: gaps.filter((gap) => gap > LATE_MS).length };
}

async function conversations(url: string, pid: number, count: number) {
  const clients: VoiceClient[] = [];
  for (let at = 0; at < count; at += 1) clients.push(await caller(url));
  const [startedAt, cpu] = [performance.now(), cpuSeconds(pid)];
  const spoken = await Promise.all(clients.map((client) => converse(client, TURNS)));
  const seconds = (performance.now() - startedAt) / 1000;
  const used = cpuSeconds(pid) - cpu;
  for (const client of clients) client.close();
  const answered = spoken.flatMap((one) => one.answered);
  const frames = spoken.reduce((sum, one) => sum + one.frames, 0);
  const late = spoken.reduce((sum, one) => sum + one.late, 0);
  return {
    callers: count,
    transcript_to_first_sound_ms_p50: rounded(percentile(answered, 0.5)),
    transcript_to_first_sound_ms_p95: rounded(percentile(answered, 0.95)),
    server_cpu_ms_per_call_second: rounded((used * 1000) / seconds / count),
    frames,
    late_frames_percent: rounded((late * 100) / Math.max(1, frames)),
  };
}

/** From the moment the server says that somebody speaks to the last frame of the answer that it stops. */
async function bargeIns(url: string) {
  const client = await caller(url);
  const after: number[] = [];
  for (let round = 0; round < BARGE_INS; round += 1) {
    const from = client.events.length;
    await client.get('text.send', { text: 'Tell me a story.' });
    await client.next('response.audio', from);
    client.say(spokenSamples());
    await client.next('response.interrupted', from);
    const detected = client.events.slice(from).find(({ name }) => name === 'speech.started')?.at ?? 0;
    const { turn_id: turnId } = client.of('response.interrupted', from)[0];
    const sounds = client.events
      .slice(from)
      .filter(({ name, body }) => name === 'response.audio' && body.turn_id === turnId);
    after.push(Math.max(0, (sounds.at(-1)?.at ?? 0) - detected));
    await client.next('response.done', from, ({ outcome }) => outcome === 'completed');
  }
  client.close();
  return { rounds: after.length, ms_p50: rounded(percentile(after, 0.5)), ms_max: rounded(Math.max(...after)) };
}

const simulator = await startSimulator();
const server = await startTestServer({
  env: {
    OPENAI_BASE_URL: simulator.url,
    OPENAI_API_KEY: 'any',
    WS_CONNECTS_PER_MINUTE: '100000',
  },
});
try {
  const pid = server.process.pid ?? 0;
  const calls = [];
  for (const count of CALLERS) calls.push(await conversations(server.url, pid, count));
  const report = {
    bench: 'voice',
    measured_at: new Date().toISOString(),
    machine: { cpus: os.cpus().length, model: os.cpus()[0]?.model, node: process.version, load: os.loadavg()[0] },
    transport: 'socket',
    barge_in: await bargeIns(server.url),
    calls,
  };
  const text = JSON.stringify(report, null, 2);
  process.stdout.write(`${text}\n`);
  mkdirSync(path.join(ROOT, 'bench/results'), { recursive: true });
  writeFileSync(path.join(ROOT, 'bench/results/voice-socket.json'), `${text}\n`);
} finally {
  await server.stop();
  simulator.process.kill('SIGTERM');
}
