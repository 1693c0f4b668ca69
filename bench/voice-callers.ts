import { setTimeout as wait } from 'node:timers/promises';
import { newAccount } from '../test/setup/account.js';
import { spokenSamples } from '../test/setup/speech.js';
import { VoiceClient } from '../test/setup/voice-client.js';
import { percentile } from './load.js';
import { cpuSeconds } from './processes.js';

/** Of each caller; of one alone more, as the first finds everything cold. */
const TURNS = 3;
const TURNS_ALONE = 15;
/** Callers do not speak in chorus: each begins at a moment of its own within this time. */
const SPREAD_MS = 8000;
/** A frame is 20 ms; the server may be three ahead. */
const LATE_MS = 80;
const TIMER_MS = 20;

export const rounded = (value: number) => Math.round(value * 10) / 10;

/** A user of its own with a call over the socket transport, whose microphone is open. */
export async function caller(url: string): Promise<VoiceClient> {
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

/** How late the callers' own timers are: of what is late at the server this much is the machine's doing. */
function timerLateness(): () => number[] {
  const late: number[] = [];
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - before - TIMER_MS));
    before = now;
  }, TIMER_MS);
  return () => {
    clearInterval(timer);
    return late;
  };
}

/** So many callers at a time, each with a few turns. */
export async function conversations(url: string, pid: number, count: number) {
  const clients: VoiceClient[] = [];
  for (let at = 0; at < count; at += 1) clients.push(await caller(url));
  const measured = timerLateness();
  const [startedAt, cpu, ownCpu] = [performance.now(), cpuSeconds(pid), process.cpuUsage()];
  const spoken = await Promise.all(
    clients.map(async (client, at) => {
      await wait((SPREAD_MS * at) / count);
      return converse(client, count === 1 ? TURNS_ALONE : TURNS);
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const used = cpuSeconds(pid) - cpu;
  const { user, system } = process.cpuUsage(ownCpu);
  for (const client of clients) client.close();
  const answered = spoken.flatMap((one) => one.answered);
  const frames = spoken.reduce((sum, one) => sum + one.frames, 0);
  const late = spoken.reduce((sum, one) => sum + one.late, 0);
  return {
    callers: count,
    transcript_to_first_sound_ms_p50: rounded(percentile(answered, 0.5)),
    transcript_to_first_sound_ms_p95: rounded(percentile(answered, 0.95)),
    server_cpu_ms_per_call_second: rounded((used * 1000) / seconds / count),
    callers_cpu_ms_per_call_second: rounded((user + system) / 1000 / seconds / count),
    callers_timer_late_ms_p95: rounded(percentile(measured(), 0.95)),
    frames,
    late_frames_percent: rounded((late * 100) / Math.max(1, frames)),
  };
}

/** From the moment the server says that somebody speaks to the last frame of the answer that it stops. */
export async function bargeIns(url: string, rounds: number) {
  const client = await caller(url);
  const after: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
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
