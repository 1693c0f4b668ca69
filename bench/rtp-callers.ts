import { createSocket, type Socket } from 'node:dgram';
import { createInterface } from 'node:readline';
import { openEncoder } from '../src/engines/media/audio/opus.js';
import { RtpStream } from '../src/engines/media/rtp/rtp-stream.js';
import { spokenSamples } from '../test/setup/speech.js';

/** Callers of `rtp.ts` in a process of their own: recorded packets go out, and what comes back is counted. */

const FRAME_MS = 20;
const FRAME_SAMPLES = 320;
/** Somebody speaks for 1.3 seconds of so many. */
const ROUND_MS = 6000;
const LATE_MS = 80;

export interface CallerPlace {
  port: number;
  ssrc: number;
}

/** A line of the bench: the places, or the wish for a report. */
export type Order = { places: CallerPlace[] } | { report: true };

export interface Report {
  sent: number;
  received: number;
  late: number;
}

const PAYLOAD_TYPE = 111;
const MARKER = 0x80;
const SSRC_AT = 8;

async function recorded(): Promise<Uint8Array[]> {
  const samples = new Int16Array((16_000 * ROUND_MS) / 1000);
  samples.set(spokenSamples());
  const encoder = await openEncoder(16_000);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < samples.length; at += FRAME_SAMPLES) {
    packets.push(Uint8Array.from(encoder.encode(samples.subarray(at, at + FRAME_SAMPLES))));
  }
  encoder.free();
  return packets;
}

const report: Report = { sent: 0, received: 0, late: 0 };

function count(socket: Socket): void {
  let before = 0;
  socket.on('message', (packet) => {
    // Retransmission and reports have other payload types; the first packet after a silence is late of nothing.
    if (((packet[1] ?? 0) & 0x7f) >= 72 && ((packet[1] ?? 0) & 0x7f) <= 76) return;
    const now = performance.now();
    report.received += 1;
    if (((packet[1] ?? 0) & MARKER) === 0 && now - before > LATE_MS) report.late += 1;
    before = now;
  });
}

function start(places: readonly CallerPlace[], packets: readonly Uint8Array[]): void {
  const callers = places.map(({ port, ssrc }, at) => {
    const socket = createSocket('udp4');
    count(socket);
    const stream = new RtpStream(PAYLOAD_TYPE, () => performance.now());
    return { socket, port, ssrc, stream, next: Math.floor((packets.length * at) / places.length) };
  });
  const startedAt = performance.now();
  let ticks = 0;
  setInterval(() => {
    for (; ticks * FRAME_MS < performance.now() - startedAt; ticks += 1) {
      for (const caller of callers) {
        const payload = packets[caller.next] ?? new Uint8Array(0);
        caller.next = (caller.next + 1) % packets.length;
        const packet = Buffer.from(caller.stream.packetOf(payload));
        packet.writeUInt32BE(caller.ssrc, SSRC_AT);
        caller.socket.send(packet, caller.port, '127.0.0.1');
        report.sent += 1;
      }
    }
  }, FRAME_MS);
}

const packets = await recorded();
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order;
  if ('places' in order) start(order.places, packets);
  else process.stdout.write(`${JSON.stringify(report)}\n`);
}
process.exit(0);
