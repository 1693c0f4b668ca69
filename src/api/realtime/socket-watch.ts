import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { RealtimeMetrics } from '../../core/metrics/realtime-metrics.js';
import { PrincipalService } from '../../orchestration/auth/principal.service.js';
import { type ClientSocket, failureOf, tell } from './client-socket.js';

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
  private timer: NodeJS.Timeout | undefined;
  private part = 0;

  constructor(
    private readonly principals: PrincipalService,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: RealtimeMetrics,
  ) {}

  onModuleInit(): void {
    this.principals.onChange((userId) => {
      for (const socket of this.sockets) {
        if (userId === null || socket.data.principal.userId === userId) void this.check(socket);
      }
    });
    this.lifecycle.onDrain(() => void this.drain());
    this.timer = setInterval(() => this.round(), ROUND_MS / PARTS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  add(socket: ClientSocket): void {
    this.sockets.add(socket);
    socket.once('disconnect', () => this.sockets.delete(socket));
  }

  /** `settled` resolves when what runs for sockets has ended; a shutdown waits for it before it closes them. */
  closeAfter(settled: () => Promise<void>): void {
    this.work.push(settled);
  }

  /** Says why, then disconnects. */
  close(socket: ClientSocket, error: CozyError): void {
    if (!this.sockets.delete(socket)) return;
    this.metrics.closed(socket.nsp.name, error.code);
    tell(socket, 'error', failureOf(error));
    socket.disconnect(true);
  }

  /** Whether the socket may still be here; closed where not. A database that is away is nobody's fault. */
  async check(socket: ClientSocket): Promise<void> {
    try {
      socket.data.principal = await this.principals.authenticate(socket.data.credential);
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
      if (waiting(socket) > MOST_WAITING) this.close(socket, new CozyError('RATE_LIMIT_EXCEEDED', { message: BEHIND }));
      else if (at % PARTS === this.part) void this.check(socket);
    }
  }
}

const BEHIND = 'This client does not read what it is sent.';

const waiting = (socket: ClientSocket): number =>
  (socket.conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer.length;
