import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Between a client and a server: hands on everything, or swallows it as a network does that has gone away. */
export class TcpRelay {
  /** Whether what either side says is lost. Connections stay open, and new ones are taken. */
  swallows = false;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    this.join(client, upstream);
    this.join(upstream, client);
  });

  private constructor(private readonly target: URL) {}

  static async to(url: string): Promise<TcpRelay> {
    const relay = new TcpRelay(new URL(url));
    await new Promise<void>((resolve) => relay.server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  /** The target's URL, by way of the relay. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.toString();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private join(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on('data', (bytes) => this.swallows || to.write(bytes));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}
