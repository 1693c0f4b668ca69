import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What the network does to media packets on their way to the server, of 1. */
export interface Weather {
  loss?: number;
  /** How many are held back until the next one has passed. */
  reordered?: number;
  /** Milliseconds that packets are late, at most. */
  jitterMs?: number;
}

const isRtp = (packet: Buffer) =>
  ((packet[0] ?? 0) & 0xc0) === 0x80 && ((packet[1] ?? 0) < 192 || (packet[1] ?? 0) > 223);

/** Numbers from 0 to 1, always the same ones. */
function dice(seed = 42): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296) / 4_294_967_296;
}

/** Carries UDP between a client and the server as a bad network does. Only media towards the server suffers. */
export class UdpRelay {
  readonly counts = { passed: 0, lost: 0, reordered: 0 };
  private readonly roll = dice();
  /** By the port of the client: the server tells its clients apart by where they send from. */
  private readonly inner = new Map<number, Socket>();
  private heldBack: (() => void) | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();

  private constructor(
    private readonly outer: Socket,
    private readonly server: { address: string; port: number },
    private readonly weather: Weather,
  ) {
    outer.on('message', (packet, from) => this.towardsServer(packet, this.innerFor(from)));
  }

  static async open(server: { address: string; port: number }, weather: Weather): Promise<UdpRelay> {
    const outer = createSocket('udp4').bind(0, '127.0.0.1');
    await once(outer, 'listening');
    return new UdpRelay(outer, server, weather);
  }

  get port(): number {
    return this.outer.address().port;
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    for (const socket of [this.outer, ...this.inner.values()]) socket.close();
  }

  private innerFor({ port, address }: RemoteInfo): Socket {
    const known = this.inner.get(port);
    if (known) return known;
    const inner = createSocket('udp4');
    inner.on('message', (packet) => this.outer.send(packet, port, address));
    this.inner.set(port, inner);
    return inner;
  }

  private towardsServer(packet: Buffer, inner: Socket): void {
    const { loss = 0, reordered = 0, jitterMs = 0 } = this.weather;
    const send = () => inner.send(packet, this.server.port, this.server.address);
    if (!isRtp(packet)) return send();
    if (this.roll() < loss) {
      this.counts.lost++;
      return;
    }
    if (!this.heldBack && this.roll() < reordered) {
      this.heldBack = send;
      this.counts.reordered++;
      return;
    }
    this.counts.passed++;
    this.later(send, this.roll() * jitterMs);
    if (this.heldBack) this.later(this.heldBack, 1);
    this.heldBack = undefined;
  }

  private later(send: () => void, milliseconds: number): void {
    if (milliseconds < 1) return send();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      send();
    }, milliseconds);
    this.timers.add(timer);
  }
}
