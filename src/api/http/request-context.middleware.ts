import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from '../../core/logging/logger.js';
import { type RequestContext, runInRequest } from '../../core/logging/request-context.js';
import type { HttpMetrics } from '../../core/metrics/http-metrics.js';
import { requestIdFrom } from '../../core/util/request-id.js';

const REQUEST_ID = 'requestId';

/** The id of the request that this response answers. */
export const requestIdOf = (response: Response): string => response.locals[REQUEST_ID] as string;

/** The matched pattern; paths that match nothing share one label, or anybody could make new ones. */
const routeOf = (request: Request): string => (request.route as { path?: string } | undefined)?.path ?? 'unmatched';

/** Gives every request its id, its log context, one log line and its metrics. */
export function requestContext(logger: Logger, metrics: HttpMetrics): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const startedAt = performance.now();
    const context: RequestContext = { request_id: requestIdFrom(request.headers['x-request-id']) };
    response.locals[REQUEST_ID] = context.request_id;
    response.setHeader('X-Request-Id', context.request_id);
    metrics.inFlight.inc();
    response.once('close', () => {
      const milliseconds = performance.now() - startedAt;
      const route = routeOf(request);
      metrics.inFlight.dec();
      metrics.answered(request.method, route, response.statusCode, milliseconds / 1000);
      logger.trusted('request', {
        ...context,
        method: request.method,
        route,
        status: response.statusCode,
        latency_ms: Math.round(milliseconds),
        ...(!response.writableFinished && { aborted: true }),
      });
    });
    runInRequest(context, next);
  };
}
