import { type ArgumentsHost, Catch, Injectable, type WsExceptionFilter } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { RealtimeMetrics } from '../../core/metrics/realtime-metrics.js';
import { asCozyError } from '../errors/error-body.js';
import type { ClientSocket } from './client-socket.js';
import { refuse } from './socket-door.middleware.js';
import { SocketWatch } from './socket-watch.js';

/** Answers what a message's handler, guard or validation has thrown. */
@Catch()
@Injectable()
export class SocketFilter implements WsExceptionFilter {
  constructor(
    private readonly watch: SocketWatch,
    private readonly metrics: RealtimeMetrics,
    private readonly logger: Logger,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const socket = host.switchToWs().getClient<ClientSocket>();
    const event = host.switchToWs().getPattern();
    const error = asCozyError(thrown);
    this.metrics.message(socket.nsp.name, event, error.code);
    const isNews = error.row.status >= 500 && !error.code.startsWith('ENGINE_');
    if (isNews) this.logger.error('A message failed', { code: error.code, event }, error.cause ?? error);
    refuse(
      socket,
      host.getArgs().find((argument) => typeof argument === 'function'),
      error,
    );
    if (error.row.status === 401) this.watch.close(socket, error);
  }
}
