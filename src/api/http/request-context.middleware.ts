import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Logger } from '../../core/logging/logger.js';
import { type RequestContext, runInRequest } from '../../core/logging/request-context.js';
import type { HttpMetrics } from '../../core/metrics/http-metrics.js';
import type { Span } from '../../core/tracing/tracer.port.js';
import { currentSpan, incoming, isTracing, startSpan, within } from '../../core/tracing/tracing.js';
import { requestIdFrom } from '../../core/util/request-id.js';

const REQUEST_ID = 'requestId';

/** The id of the request that this response answers. */
export const requestIdOf = (response: Response): string => response.locals[REQUEST_ID] as string;

/** The matched pattern; paths that match nothing share one label, or anybody could make new ones. */
const routeOf = (request: Request): string => (request.route as { path?: string } | undefined)?.path ?? 'unmatched';

/** Asked every few seconds by whoever watches: they would hide all others. */
const UNTRACED = /^\/(health|metrics)(\/|$)/;

/** The path is left out: it holds ids, and whatever anybody types. */
function spanOf({ method, headers, path }: Request): Span {
  if (!isTracing() || UNTRACED.test(path)) return currentSpan();
  const traceparent = headers['traceparent'];
  return startSpan(method, {
    kind: 'server',
    attributes: { 'http.request.method': method },
    ...incoming(typeof traceparent === 'string' ? traceparent : undefined),
  });
}

function endSpan(span: Span, method: string, route: string, { statusCode, writableFinished }: Response): void {
  const isMatched = route !== 'unmatched';
  if (isMatched) span.rename(`${method} ${route}`);
  span.set({ 'http.response.status_code': statusCode, ...(isMatched && { 'http.route': route }) });
  if (statusCode >= 500) span.fail(String(statusCode));
  else if (!writableFinished) span.set({ 'cozy.http.aborted': true });
  span.end();
}

/** Gives every request its id, its log context, one log line, its metrics and its span. */
export function requestContext(logger: Logger, metrics: HttpMetrics): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const startedAt = performance.now();
    const context: RequestContext = { request_id: requestIdFrom(request.headers['x-request-id']) };
    response.locals[REQUEST_ID] = context.request_id;
    response.setHeader('X-Request-Id', context.request_id);
    metrics.inFlight.inc();
    const span = spanOf(request);
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
        ...(span.traceId !== undefined && { trace_id: span.traceId }),
      });
      endSpan(span, request.method, route, response);
    });
    runInRequest(context, () => within(span, next));
  };
}
