import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isFull, saveResult } from './result.js';
import { Logger } from '../src/core/logging/logger.js';
import { MediasoupRoom } from '../src/engines/media/room/mediasoup-room.js';
import { SileroVadEngine } from '../src/engines/speech/vad/silero-vad.engine.js';
import { mediaStage } from '../test/setup/media-stage.js';
import { tone } from '../test/setup/sound.js';
import { cpuSeconds } from './processes.js';
import type { Order, Report } from './rtp-callers.js';

// What the sound of calls over WebRTC costs: recorded Opus of a person who speaks 1.3 of 6 seconds comes as RTP (without
// SRTP, DTLS and ICE), is decoded and listened to by Silero; the companion speaks 3 of 6 seconds. Callers run in a process
// of their own. Conversation, engines and database are measured by `voice.ts`.

const MEASURED_MS = isFull ? 18_000 : 12_000;
const ROUND_MS = 6000;
const SPOKEN_RATE = 24_000;
const SPOKEN_SECONDS = 3;
const ROOT = path.resolve(import.meta.dirname, '..');
const rounded = (value: number) => Math.round(value * 10) / 10;
const { values } = parseArgs({ options: { callers: { type: 'string', default: '1,50,100,200' } } });

const OPUS = { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, parameters: {}, rtcpFeedback: [] };
const stage = mediaStage({ num_workers: 1 });
const vad = new SileroVadEngine(new Logger('silent'));
const spoken = tone(220, SPOKEN_SECONDS * 1000, SPOKEN_RATE);

/** A call whose caller sends to the port that is returned, and hears the companion from there. */
async function openCall(name: string, ssrc: number) {
  const room = await stage.engine.open(name);
  if (!(room instanceof MediasoupRoom)) throw new Error('This bench is about mediasoup.');
  const line = await room.router.createPlainTransport({
    listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
    comedia: true,
  });
  const codecs = [{ ...OPUS, payloadType: 111 }];
  const producer = await line.produce({ kind: 'audio', rtpParameters: { codecs, encodings: [{ ssrc }] } });
  await room.microphone(name, producer);
  const rtpCapabilities = { codecs: [{ ...OPUS, kind: 'audio' as const, preferredPayloadType: 100 }] };
  await line.consume({ producerId: room.mouthId, rtpCapabilities });
  let heard = 0;
  const stream = vad.open();
  const listening = (async () => {
    for await (const { samples } of room.audio.heard) {
      const probability = await stream.probability(samples);
      if (probability >= 0.5) heard += 1;
    }
  })();
  return { room, place: { port: line.tuple.localPort, ssrc }, listening, heard: () => heard };
}

async function speak(room: MediasoupRoom, delay: number, signal: AbortSignal): Promise<void> {
  await wait(delay, undefined, { signal });
  for (let round = 0; ; round += 1) {
    const [turnId, startedAt] = [`turn_${round}`, performance.now()];
    await room.audio.play(turnId, spoken, signal);
    await room.audio.finish(turnId, signal);
    await wait(Math.max(0, ROUND_MS - (performance.now() - startedAt)), undefined, { signal });
  }
}

function startCallers(): { process: ChildProcess; order: (order: Order) => void; report: () => Promise<Report> } {
  const child = spawn(process.execPath, ['--import', '@swc-node/register/esm-register', 'bench/rtp-callers.ts'], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const order = (wish: Order) => void child.stdin.write(`${JSON.stringify(wish)}\n`);
  const report = async () => {
    order({ report: true });
    const [line] = (await once(lines, 'line')) as [string];
    return JSON.parse(line) as Report;
  };
  return { process: child, order, report };
}

async function measured(count: number) {
  const calls = await Promise.all(Array.from({ length: count }, (_, at) => openCall(`call-${count}-${at}`, at + 1)));
  const callers = startCallers();
  await callers.report();
  callers.order({ places: calls.map(({ place }) => place) });
  const over = new AbortController();
  const speaking = calls.map(({ room }, at) => speak(room, (ROUND_MS * at) / count, over.signal));
  await wait(ROUND_MS / 2);
  const workerPid = stage.engine.workers[0]?.pid ?? 0;
  const [before, cpu, workerCpu, startedAt] = [
    await callers.report(),
    process.cpuUsage(),
    cpuSeconds(workerPid),
    performance.now(),
  ];
  await wait(MEASURED_MS);
  const { user, system } = process.cpuUsage(cpu);
  const callSeconds = ((performance.now() - startedAt) / 1000) * count;
  const workerUsed = cpuSeconds(workerPid) - workerCpu;
  const after = await callers.report();
  over.abort();
  await Promise.allSettled(speaking);
  callers.process.kill();
  await Promise.all(calls.map(async ({ room, listening }) => (await room.close(), await listening)));
  return {
    callers: count,
    server_cpu_ms_per_call_second: rounded((user + system) / 1000 / callSeconds),
    worker_cpu_ms_per_call_second: rounded((workerUsed * 1000) / callSeconds),
    packets_in: after.sent - before.sent,
    packets_out: after.received - before.received,
    late_packets_percent: rounded(((after.late - before.late) * 100) / Math.max(1, after.received - before.received)),
    seconds_of_speech_heard_per_call: rounded(calls.reduce((sum, { heard }) => sum + heard(), 0) / 50 / count),
  };
}

const calls = [];
for (const count of values.callers.split(',')) calls.push(await measured(Number(count)));
await stage.engine.close();
await vad.close();
await saveResult('voice-rtp', 'rtp', { calls }, false);
