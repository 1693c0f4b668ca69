import type { OpusPacket } from '../audio/jitter-buffer.js';

const HEADER = 12;

/** Where the payload begins; undefined where the header says more than there is. */
function payloadStart(packet: Buffer): number | undefined {
  if (packet.length < HEADER || (packet[0] ?? 0) >> 6 !== 2) return undefined;
  const first = packet[0] ?? 0;
  let start = HEADER + 4 * (first & 0x0f);
  if (first & 0x10) {
    if (packet.length < start + 4) return undefined;
    start += 4 + 4 * packet.readUInt16BE(start + 2);
  }
  return start;
}

/** Null for what is no RTP packet, or an empty one (as congestion probes are). */
export function parseRtp(packet: Buffer): OpusPacket | null {
  const start = payloadStart(packet);
  if (start === undefined) return null;
  const padding = (packet[0] ?? 0) & 0x20 ? (packet.at(-1) ?? 0) : 0;
  const end = packet.length - padding;
  if (end <= start) return null;
  return { seq: packet.readUInt16BE(2), timestamp: packet.readUInt32BE(4), payload: packet.subarray(start, end) };
}

export interface RtpHeader {
  payloadType: number;
  seq: number;
  timestamp: number;
  ssrc: number;
  /** The first packet after a silence. */
  marker: boolean;
}

/** Writes a packet into `target`, which must be long enough; a view of it. */
export function writeRtp(target: Buffer, header: RtpHeader, payload: Uint8Array): Buffer {
  target[0] = 0x80;
  target[1] = header.payloadType | (header.marker ? 0x80 : 0);
  target.writeUInt16BE(header.seq, 2);
  target.writeUInt32BE(header.timestamp, 4);
  target.writeUInt32BE(header.ssrc, 8);
  target.set(payload, HEADER);
  return target.subarray(0, HEADER + payload.length);
}
