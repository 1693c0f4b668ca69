import { FRAME_MS, HEARD_RATE } from '../../../core/domain/audio.js';
import { Framer } from './framer.js';
import { JitterBuffer, type NextPacket, type OpusPacket, type PacketCounts, TICKS_PER_MS } from './jitter-buffer.js';
import type { HeardDecoder } from './opus.js';

export const HEARD_FRAME_SAMPLES = (HEARD_RATE / 1000) * FRAME_MS;

/**
 * A network that stalls for longer is filled with silence, so that who waits for the end of speech sees it. Counted in ticks:
 * when this process was busy itself, packets wait to be read, and a look at the clock would take them for missing.
 */
const STALL_TICKS = 5;
/** Of a longer stall nobody can learn anything more: 2 s. */
const MOST_FILLED_TICKS = 100;
/** Packets a second; speech has 50, and Opus at its finest 400. */
const MOST_PACKETS = 200;

export interface EarOptions {
  decoder: HeardDecoder;
  /** Milliseconds, monotonic. */
  now: () => number;
  /** 20 ms at 16 kHz. */
  onFrame: (samples: Int16Array) => void;
}

/** Hears one person: packets in, frames of sound out. */
export class Ear {
  private readonly buffer = new JitterBuffer();
  private readonly framer: Framer;
  private quietTicks: number | undefined;
  private filledMs = 0;
  private allowance = MOST_PACKETS;
  private allowedAt = 0;
  private closed = false;

  constructor(private readonly options: EarOptions) {
    this.framer = new Framer(HEARD_FRAME_SAMPLES, options.onFrame);
  }

  get counts(): Readonly<PacketCounts> {
    return this.buffer.counts;
  }

  take(packet: OpusPacket): void {
    const now = this.options.now();
    if (this.closed || !this.isAllowed(now)) return;
    this.buffer.push(packet, now);
    this.quietTicks = 0;
    this.release(now);
    this.filledMs = 0;
  }

  /** Every 20 ms. */
  tick(): void {
    if (this.closed || this.quietTicks === undefined) return;
    this.release(this.options.now());
    this.quietTicks++;
    if (this.quietTicks <= STALL_TICKS || this.quietTicks > STALL_TICKS + MOST_FILLED_TICKS) return;
    this.filledMs += FRAME_MS;
    this.framer.push(new Int16Array(HEARD_FRAME_SAMPLES));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.options.decoder.free();
  }

  private release(now: number): void {
    for (let next = this.buffer.take(now); next; next = this.buffer.take(now)) this.hear(next);
  }

  private hear(next: NextPacket): void {
    const { decoder } = this.options;
    if (next.kind === 'packet') {
      const samples = decoder.decode(next.packet.payload);
      if (samples) this.framer.push(samples);
      return;
    }
    const milliseconds = next.clockTicks / TICKS_PER_MS;
    // The silence of a stall has stood for it already.
    if (this.filledMs >= milliseconds) this.filledMs -= milliseconds;
    else this.framer.push(decoder.conceal(milliseconds, next.next?.payload ?? null));
  }

  /** A flood costs nobody but the one who sends it. */
  private isAllowed(now: number): boolean {
    this.allowance = Math.min(MOST_PACKETS, this.allowance + ((now - this.allowedAt) * MOST_PACKETS) / 1000);
    this.allowedAt = now;
    if (this.allowance < 1) return false;
    this.allowance -= 1;
    return true;
  }
}
