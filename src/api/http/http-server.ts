import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { ApiSection } from '../../core/config/sections/api.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { HttpMetrics } from '../../core/metrics/http-metrics.js';
import { PrincipalService } from '../../orchestration/auth/principal.service.js';
import { RateLimitService } from '../../orchestration/limits/rate-limit.service.js';
import { PROFILE_BODY_BYTES } from '../auth/user.dto.js';
import { DtoPipe } from '../dto/dto.pipe.js';
import { bodyParserError } from '../errors/error-body.js';
import { ErrorFilter } from '../errors/error.filter.js';
import { boundedBody } from './json-body.js';
import { verifyParts } from './json-structure.js';
import { knowFirst, takesMessages } from './large-bodies.js';
import { limitAddress } from './rate-limit.middleware.js';
import { trustedProxies } from './client-address.js';
import { answerProtocolErrors, refuseFaults } from './protocol-errors.js';
import { requestContext } from './request-context.middleware.js';

const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    'default-src': ["'self'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'", 'ws:', 'wss:'],
    'media-src': ["'self'", 'blob:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  },
};

const EXPOSED_HEADERS = [
  'X-Request-Id',
  'X-Cozy-Overhead-Ms',
  'Idempotent-Replayed',
  'Retry-After',
  'Location',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
];
const CORS_MAX_AGE_SECONDS = 600;
/** A browser's offer of a call; one microphone takes 2 to 6 KB. */
const LONGEST_SDP = 65_536;
/** Longer than the idle time of common load balancers, or they would send requests into closing connections. */
const KEEP_ALIVE_MS = 75_000;

const TOO_LARGE_INFLATED =
  'The body is larger than this route accepts compressed. Send it plain, without Content-Encoding.';

/** `/api/v1/…` is another name of `/v1/…`. */
function aliasApi(request: IncomingMessage, _response: ServerResponse, next: () => void): void {
  if (request.url?.startsWith('/api/v1/')) request.url = request.url.slice('/api'.length);
  next();
}

function bodyErrors(error: unknown, request: Request, _response: Response, next: NextFunction): void {
  const known = bodyParserError(error);
  const isInflated = takesMessages(request) && !isPlain(request);
  const isTooLarge = known instanceof CozyError && known.code === 'VALIDATION_BODY_TOO_LARGE';
  next(isTooLarge && isInflated ? new CozyError(known.code, { message: TOO_LARGE_INFLATED, cause: error }) : known);
}

const JSON_TYPES = ['application/json', 'application/*+json'];
/** Profiles hold pictures, and may be larger than other bodies. */
const PROFILE = /^\/v1\/users\/[^/]+\/profile\/?$/i;

const isJson = (request: IncomingMessage): boolean => Boolean((request as Request).is(JSON_TYPES));
const isProfile = (request: IncomingMessage): boolean => PROFILE.test((request as Request).path) && isJson(request);
/** Compressed bodies have the smaller limit everywhere: few bytes would be many to parse. */
const isPlain = ({ headers }: IncomingMessage): boolean =>
  (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';
const holdsMessages = (request: IncomingMessage): boolean =>
  takesMessages(request) && isJson(request) && isPlain(request);

/** Nest's type of these options knows no `verify`; body-parser does. */
const jsonBody = <T>(limit: number, type: T) => ({ limit, type, verify: verifyParts });

function boundBody(request: Request, _response: Response, next: NextFunction): void {
  if (request.body !== undefined) request.body = boundedBody(request.body);
  next();
}

/** Tokens, and what people said: nobody on the way, nor a browser on a shared machine, is to keep them. */
function keepNothing(request: Request, response: Response, next: NextFunction): void {
  if (/^\/v1\//i.test(request.path)) response.setHeader('Cache-Control', 'no-store');
  next();
}

/** Everything about HTTP that is the same for every route. */
export function configureHttp(app: NestExpressApplication): void {
  const section = app.get(ApiSection);
  const logger = app.get(Logger);
  app.set('trust proxy', section.trust_proxy === '' ? false : trustedProxies(section.trust_proxy));
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.set('etag', false);
  const metrics = app.get(HttpMetrics);
  app.use(requestContext(logger, metrics));
  app.use(aliasApi);
  app.use(helmet({ contentSecurityPolicy: CONTENT_SECURITY_POLICY, strictTransportSecurity: { maxAge: 31_536_000 } }));
  app.use(keepNothing);
  if (section.allowed_origins.length > 0) {
    const anywhere = section.allowed_origins.includes('*');
    app.enableCors({
      origin: anywhere ? '*' : section.allowed_origins,
      credentials: !anywhere,
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: CORS_MAX_AGE_SECONDS,
    });
  }
  app.use(limitAddress(app.get(RateLimitService, { strict: false })));
  app.use(refuseFaults);
  const profiles = Math.max(PROFILE_BODY_BYTES, section.body_limit_bytes);
  app.useBodyParser('json', jsonBody(profiles, isProfile));
  app.use(knowFirst(app.get(PrincipalService, { strict: false })));
  const messages = Math.max(section.message_body_limit_bytes, section.body_limit_bytes);
  app.useBodyParser('json', jsonBody(messages, holdsMessages));
  app.useBodyParser('json', jsonBody(section.body_limit_bytes, JSON_TYPES));
  app.useBodyParser('text', { limit: LONGEST_SDP, type: 'application/sdp' });
  app.use(bodyErrors);
  app.use(boundBody);
  app.useGlobalPipes(new DtoPipe());
  app.useGlobalFilters(new ErrorFilter(logger, metrics));
  const server: Server = app.getHttpServer();
  answerProtocolErrors(server);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = section.headers_timeout_ms;
  server.requestTimeout = section.request_timeout_ms;
}
