import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { CozyError } from '../../core/errors/cozy.error.js';
import { takesForm } from '../uploads/multipart-routes.js';

/** Forms are read by the routes that take them, once it is known who sends them. */
const UPLOADS = /^\/v1\/audio\/(?:transcriptions|stt)\/?$/i;

const isUpload = (request: Request): boolean =>
  UPLOADS.test(request.path) && Boolean(request.is('multipart/form-data'));

function hasBody({ headers }: Request): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}

/**
 * A body that no parser has read would look like a missing one. A guard, as there is none where there is no route: a file
 * for a route that this server does not have is told so, and not to be sent as JSON.
 */
@Injectable()
export class ReadBodyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const isUnread = hasBody(request) && request.body === undefined;
    if (isUnread && !isUpload(request) && !takesForm(request)) throw new CozyError('VALIDATION_MEDIA_TYPE');
    return true;
  }
}
