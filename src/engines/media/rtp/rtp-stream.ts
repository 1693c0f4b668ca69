import { randomInt } from 'node:crypto';
import { FRAME_MS } from '../../../core/domain/audio.js';
import { TICKS_PER_MS } from '../audio/jitter-buffer.js';
import { writeRtp } from './rtp.js';

const FRAME_TICKS = FRAME_MS * TICKS_PER_MS;
const LONGEST_PACKET = 1_500;

/** Numbers and times of the packets of one mouth. Nothing is sent in silence, but its clock goes on. */
export class RtpStream {
  readonly ssrc = randomInt(1, 0xffffffff);
  private readonly packet = Buffer.alloc(LONGEST_PACKET);
  private seq = randomInt(0, 0x8000);
  private timestamp = randomInt(0, 0x7fffffff);
  private nextAt: number | undefined;

  constructor(
    private readonly payloadType: number,
    private readonly now: () => number,
  ) {}

  /** A packet of one frame; the next call overwrites it. */
  packetOf(payload: Uint8Array): Buffer {
    const now = this.now();
    const silence = this.nextAt === undefined ? 0 : Math.max(0, Math.floor((now - this.nextAt) / FRAME_MS));
    const marker = this.nextAt === undefined || silence > 0;
    this.timestamp = (this.timestamp + silence * FRAME_TICKS) >>> 0;
    const header = { payloadType: this.payloadType, seq: this.seq, timestamp: this.timestamp, ssrc: this.ssrc, marker };
    const packet = writeRtp(this.packet, header, payload);
    this.seq = (this.seq + 1) & 0xffff;
    this.timestamp = (this.timestamp + FRAME_TICKS) >>> 0;
    this.nextAt = (this.nextAt ?? now) + (silence + 1) * FRAME_MS;
    return packet;
  }
}
