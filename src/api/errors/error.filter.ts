import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { Logger } from '../../core/logging/logger.js';
import { currentRequest } from '../../core/logging/request-context.js';
import { HttpMetrics } from '../../core/metrics/http-metrics.js';
import { EVENT_STREAM_HEADERS } from '../http/event-stream.js';
import { IdempotentReplay } from '../idempotency/idempotent-replay.js';
import { asCozyError, errorBody } from './error-body.js';

/** Answers everything that was thrown before the first byte. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly metrics: HttpMetrics,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (thrown instanceof IdempotentReplay) {
      replay(response, thrown);
      return;
    }
    const error = asCozyError(thrown);
    if (error.code.startsWith('AUTH_')) this.metrics.refused(error.code);
    // What an engine did wrong has been logged where it was asked.
    const isNews = error.row.status >= 500 && !error.code.startsWith('ENGINE_');
    if (isNews) this.logger.error('Request failed', { code: error.code }, error.cause ?? error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (error.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(error.retryAfterSeconds));
    if (error.row.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    response.status(error.row.status).json(errorBody(error, currentRequest()?.request_id));
  }
}

function replay(response: Response, { answer }: IdempotentReplay): void {
  const { status, contentType, body } = answer;
  const isStream = contentType.startsWith('text/event-stream');
  response
    .status(status)
    .set({ ...(isStream ? EVENT_STREAM_HEADERS : { 'Content-Type': contentType }), 'Idempotent-Replayed': 'true' })
    .send(body);
}
