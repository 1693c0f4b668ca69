import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { PrincipalService } from '../../orchestration/auth/principal.service.js';
import { credentialIn } from '../auth/bearer.js';

/** Where messages come in: they may hold pictures and sound. */
const MESSAGES = /^\/v1\/(?:chat\/completions|responses(?:\/input_tokens)?|conversations(?:\/[^/]+\/items)?)\/?$/i;

export const takesMessages = (request: IncomingMessage): boolean =>
  request.method === 'POST' && MESSAGES.test((request as Request).path);

/** Nobody has megabytes read and parsed who is not known here. What they may do is asked by the guard, as everywhere. */
export function knowFirst(principals: PrincipalService): RequestHandler {
  return async (request: Request, _response: Response, next: NextFunction) => {
    if (takesMessages(request)) await principals.authenticate(credentialIn(request.headers.authorization));
    next();
  };
}
