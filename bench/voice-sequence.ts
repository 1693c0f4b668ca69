import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { findWorkerBinary } from '../src/engines/media/worker/worker-binary.mjs';
import { newAccount } from '../test/setup/account.js';
import { type Ack, VoiceClient } from '../test/setup/voice-client.js';
import { rounded } from './voice-callers.js';
import { residentMegabytes } from './processes.js';

const AT_ONCE = 8;
const SHOWN = 4;
/** What a call leaves is gone once its turns are stored. */
const SETTLE_MS = 5000;
const COLLECT_MS = 1000;
const SECOND_OF_SILENCE = Buffer.alloc(32_000);

const hasWorker = findWorkerBinary(process.env['MEDIASOUP_WORKER_BIN'], process.env['XDG_CACHE_HOME']) !== null;

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
const OPUS = { mimeType: 'audio/opus', clockRate: 48_000, channels: 2, parameters: {}, rtcpFeedback: [] };
const EARS = { codecs: [{ ...OPUS, kind: 'audio', preferredPayloadType: 111 }], headerExtensions: [] };

/** All that a client of WebRTC asks for, but for the handshake. */
async function signal(client: VoiceClient, call: Ack, ssrc: number): Promise<void> {
  for (const { id } of [call.send_transport, call.recv_transport]) {
    const dtls = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: FINGERPRINT }] };
    await client.get('transport.connect', { transport_id: id, dtls_parameters: dtls });
  }
  const microphone = { codecs: [{ ...OPUS, payloadType: 111 }], encodings: [{ ssrc }], rtcp: { cname: 'caller' } };
  await client.get('media.produce', { transport_id: call.send_transport.id, rtp_parameters: microphone });
  await client.get('media.consume', { rtp_capabilities: EARS });
}

/** A short call: a question, the first sound of the answer over a socket or all of its text over WebRTC, and the end. */
async function shortCall(url: string, token: string, number: number): Promise<void> {
  const transport = hasWorker && number % 2 === 1 ? 'webrtc' : 'socket';
  const client = await VoiceClient.connect(url, token);
  try {
    const call = await client.get('call.start', { transport });
    if (transport === 'webrtc') await signal(client, call, number + 1);
    else client.socket.emit('audio.append', SECOND_OF_SILENCE);
    await client.get('text.send', { text: 'What time is it?' });
    await client.next(transport === 'webrtc' ? 'response.text-delta' : 'response.audio');
    await client.get('call.end');
    await client.next('call.ended');
  } finally {
    client.close();
  }
}

const COUNTED = {
  calls: 'cozy_voice_calls_open',
  sockets: 'cozy_realtime_connections{namespace="/voice"}',
  rooms: 'cozy_media_open{what="rooms"}',
  peers: 'cozy_media_open{what="peers"}',
  handles: 'nodejs_active_handles_total',
} as const;

/** What the server holds: its own counts, memory and open files. */
async function held(url: string, pid: number) {
  const page = await (await fetch(`${url}/metrics`)).text();
  const shown = (name: string) =>
    Number(
      page
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length) ?? 0,
    );
  const counts = Object.fromEntries(Object.entries(COUNTED).map(([what, name]) => [what, shown(name)]));
  return {
    ...counts,
    open_files: readdirSync(`/proc/${pid}/fd`).length,
    heap_megabytes: rounded(shown('nodejs_heap_size_used_bytes') / 1024 ** 2),
    resident_megabytes: rounded(residentMegabytes(pid)),
  };
}

/**
 * Short calls one after the other, some at a time, over both transports in turn; what the server holds now and then. It
 * collects its garbage on SIGUSR2.
 */
export async function callsInSequence(url: string, pid: number, count: number) {
  const callers = await Promise.all(Array.from({ length: AT_ONCE }, () => newAccount(url)));
  let begun = 0;
  const after = [];
  for (let part = 1; part <= SHOWN; part += 1) {
    const until = Math.round((count * part) / SHOWN);
    await Promise.all(
      callers.map(async ({ token }) => {
        while (begun < until) await shortCall(url, token, begun++);
      }),
    );
    await wait(SETTLE_MS);
    process.kill(pid, 'SIGUSR2');
    await wait(COLLECT_MS);
    after.push({ calls_so_far: until, ...(await held(url, pid)) });
  }
  return after;
}
