/** An RTP packet of Opus. Its clock runs at 48 kHz. */
export interface OpusPacket {
  seq: number;
  timestamp: number;
  payload: Uint8Array;
}

/** What comes next: a packet, or a hole with the packet behind it, which may hold a copy of what was lost. */
export type NextPacket =
  { kind: 'packet'; packet: OpusPacket } | { kind: 'lost'; clockTicks: number; next: OpusPacket | null };

export interface PacketCounts {
  received: number;
  lost: number;
  /** Came twice, or when nobody waited for it any more. */
  late: number;
  /** As RFC 3550 has it. */
  jitterMs: number;
}

export const TICKS_PER_MS = 48;
/** Longest that what came early waits for what is missing. */
const LONGEST_WAIT_MS = 60;
/** More than this is no reordering. */
const MOST_HELD = 32;
/** A longer hole is not filled: nothing sensible can be made up for it. */
const MOST_CONCEALED = 10;
/** A jump this far is another stream under the same name. */
const RESTART = 500;
const LONGEST_PACKET_TICKS = 120 * TICKS_PER_MS;
const DEFAULT_PACKET_TICKS = 20 * TICKS_PER_MS;

const seqDistance = (from: number, to: number) => ((to - from) << 16) >> 16;
const tickDistance = (from: number, to: number) => (to - from) | 0;

/**
 * Puts packets in order. What is in order goes on at once, for the listener is a machine and needs no even flow; what came
 * early waits a bounded time for what is missing, which is then called lost.
 */
export class JitterBuffer {
  private readonly held = new Map<number, { packet: OpusPacket; since: number }>();
  private expected: number | undefined;
  private last: { timestamp: number; arrivedAt: number } | undefined;
  private packetTicks = DEFAULT_PACKET_TICKS;
  private lastTaken: OpusPacket | undefined;
  private readonly totals: PacketCounts = { received: 0, lost: 0, late: 0, jitterMs: 0 };

  get counts(): Readonly<PacketCounts> {
    return this.totals;
  }

  /** @param now milliseconds, monotonic. */
  push(packet: OpusPacket, now: number): void {
    this.totals.received++;
    this.measureJitter(packet, now);
    this.expected ??= packet.seq;
    const distance = seqDistance(this.expected, packet.seq);
    if (Math.abs(distance) > RESTART) this.restart(packet.seq);
    else if (distance < 0 || this.held.has(packet.seq)) {
      this.totals.late++;
      return;
    }
    this.held.set(packet.seq, { packet, since: now });
  }

  /** What comes next, once it is known; undefined where it is worth waiting. */
  take(now: number): NextPacket | undefined {
    if (this.expected === undefined) return undefined;
    const inOrder = this.held.get(this.expected);
    if (inOrder) {
      this.held.delete(this.expected);
      return this.hand(inOrder.packet);
    }
    const [first] = this.held.size > 0 ? this.sorted() : [];
    if (first === undefined || !this.waitedEnough(now)) return undefined;
    return this.lose(first);
  }

  private hand(packet: OpusPacket): NextPacket {
    const ticks = this.lastTaken ? tickDistance(this.lastTaken.timestamp, packet.timestamp) : 0;
    const follows = this.lastTaken && seqDistance(this.lastTaken.seq, packet.seq) === 1;
    if (follows && ticks > 0 && ticks <= LONGEST_PACKET_TICKS) this.packetTicks = ticks;
    this.lastTaken = packet;
    this.expected = (packet.seq + 1) & 0xffff;
    return { kind: 'packet', packet };
  }

  private lose(first: OpusPacket): NextPacket {
    const expected = this.expected ?? first.seq;
    const missing = seqDistance(expected, first.seq);
    const skipped = Math.max(0, missing - MOST_CONCEALED);
    this.totals.lost += skipped + 1;
    this.expected = (expected + skipped + 1) & 0xffff;
    return { kind: 'lost', clockTicks: this.packetTicks, next: missing - skipped === 1 ? first : null };
  }

  private sorted(): OpusPacket[] {
    const expected = this.expected ?? 0;
    return [...this.held.values()]
      .map(({ packet }) => packet)
      .toSorted((a, b) => seqDistance(expected, a.seq) - seqDistance(expected, b.seq));
  }

  private waitedEnough(now: number): boolean {
    if (this.held.size >= MOST_HELD) return true;
    return [...this.held.values()].some(({ since }) => now - since >= LONGEST_WAIT_MS);
  }

  private restart(seq: number): void {
    this.held.clear();
    this.expected = seq;
    this.lastTaken = undefined;
  }

  private measureJitter({ timestamp }: OpusPacket, now: number): void {
    if (this.last) {
      const sent = tickDistance(this.last.timestamp, timestamp) / TICKS_PER_MS;
      const difference = Math.abs(now - this.last.arrivedAt - sent);
      // A pause of the sender is no jitter.
      if (difference < 1_000) this.totals.jitterMs += (difference - this.totals.jitterMs) / 16;
    }
    this.last = { timestamp, arrivedAt: now };
  }
}
