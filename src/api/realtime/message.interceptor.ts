import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { RealtimeMetrics } from '../../core/metrics/realtime-metrics.js';
import type { ClientSocket } from './client-socket.js';

/** Acknowledges what a handler returns as `{ok: true, …}`. */
@Injectable()
export class MessageInterceptor implements NestInterceptor<object | undefined, { ok: true }> {
  constructor(private readonly metrics: RealtimeMetrics) {}

  intercept(context: ExecutionContext, next: CallHandler<object | undefined>): Observable<{ ok: true }> {
    const socket = context.switchToWs().getClient<ClientSocket>();
    return next.handle().pipe(
      map((answer) => {
        this.metrics.message(socket.nsp.name, context.switchToWs().getPattern(), 'ok');
        return { ok: true, ...answer };
      }),
    );
  }
}
