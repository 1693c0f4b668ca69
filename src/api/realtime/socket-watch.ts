import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { RealtimeMetrics } from '../../core/metrics/realtime-metrics.js';
import { type ClientSocket, failureOf, onAccessChange, recheck, tell, waitingPackets } from './client-socket.js';

const ROUND_MS = 30_000;
/** Sockets are looked at in parts, so that ten thousand of them do not stop everything else at once. */
const PARTS = 30;
/** Packets that wait for a client who does not read; one who is so far behind is let go. */
const MOST_WAITING = 2000;

/** Looks after open sockets: who may no longer be here, or does not read what is sent, is let go. */
@Injectable()
export class SocketWatch implements OnModuleInit, OnModuleDestroy {
  private readonly sockets = new Set<ClientSocket>();
  private readonly work: (() => Promise<void>)[] = [];
  private readonly farewells: ((socket: ClientSocket, error: CozyError) => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private part = 0;

  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly metrics: RealtimeMetrics,
  ) {}

  onModuleInit(): void {
    this.lifecycle.onDrain(() => void this.drain());
    this.timer = setInterval(() => this.round(), ROUND_MS / PARTS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  add(socket: ClientSocket): void {
    this.sockets.add(socket);
    onAccessChange(socket, () => void this.check(socket));
    socket.once('disconnect', () => this.sockets.delete(socket));
  }

  /** `farewell` is called before a socket is closed from here, so that what belongs to it can end first. */
  beforeClose(farewell: (socket: ClientSocket, error: CozyError) => void): void {
    this.farewells.push(farewell);
  }

  /** `settled` resolves when what runs for sockets has ended; a shutdown waits for it before it closes them. */
  closeAfter(settled: () => Promise<void>): void {
    this.work.push(settled);
  }

  /** Says why, then disconnects. */
  close(socket: ClientSocket, error: CozyError): void {
    if (!this.sockets.delete(socket)) return;
    this.metrics.closed(socket.nsp.name, error.code);
    for (const farewell of this.farewells) farewell(socket, error);
    tell(socket, 'error', failureOf(error));
    socket.disconnect(true);
  }

  /** Of a client that does not read what it is sent. */
  closeBehind(socket: ClientSocket): void {
    this.close(socket, new CozyError('RATE_LIMIT_EXCEEDED', { message: BEHIND }));
  }

  /** Whether the socket may still be here; closed where not. A database that is away is nobody's fault. */
  async check(socket: ClientSocket): Promise<void> {
    try {
      await recheck(socket);
    } catch (error) {
      if (error instanceof CozyError && error.code.startsWith('AUTH_')) this.close(socket, error);
    }
  }

  private async drain(): Promise<void> {
    await Promise.all(this.work.map((settled) => settled()));
    for (const socket of this.sockets) this.close(socket, new CozyError('INTERNAL_SHUTTING_DOWN'));
  }

  private round(): void {
    this.part = (this.part + 1) % PARTS;
    let at = 0;
    for (const socket of this.sockets) {
      at += 1;
      if (waitingPackets(socket) > MOST_WAITING) this.closeBehind(socket);
      else if (at % PARTS === this.part) void this.check(socket);
    }
  }
}

const BEHIND = 'This client does not read what it is sent.';
