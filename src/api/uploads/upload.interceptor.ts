import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { ApiConsumes } from '../docs/document.decorator.js';
import { boundedBody } from '../http/json-body.js';
import { isMultipart } from './multipart-routes.js';

const MOST_BYTES = 26_214_400;
const MOST_FIELD_BYTES = 1_048_576;
const MOST_FIELDS = 20;
/** Files are read in memory, so nobody may send many at once, and neither may all together. */
const AT_ONCE_A_USER = 2;
const AT_ONCE = 16;

const running = new Map<string, number>();

/** Keeps the uploads that are under way few. A place is free when the answer has gone. */
@Injectable()
class UploadPlaceInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    if (!isMultipart(request)) return next.handle();
    const { userId } = request.principal;
    const own = running.get(userId) ?? 0;
    const all = [...running.values()].reduce((sum, count) => sum + count, 0);
    if (own >= AT_ONCE_A_USER || all >= AT_ONCE) {
      const message = `Up to ${AT_ONCE_A_USER} files may be sent at once. Wait until one is done.`;
      throw new CozyError('RATE_LIMIT_EXCEEDED', { message, retryAfterSeconds: 2 });
    }
    running.set(userId, own + 1);
    http.getResponse<Response>().once('close', () => {
      const left = (running.get(userId) ?? 1) - 1;
      if (left > 0) running.set(userId, left);
      else running.delete(userId);
    });
    return next.handle();
  }
}

/** The fields of a form are bounded as JSON is. */
@Injectable()
class FormFieldsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    // A form without a field has no body.
    if (isMultipart(request)) request.body = boundedBody({ ...(request.body as object | undefined) });
    return next.handle();
  }
}

const FileOfForm = FileInterceptor('file', {
  defParamCharset: 'utf8',
  limits: { fileSize: MOST_BYTES, files: 1, fields: MOST_FIELDS, fieldSize: MOST_FIELD_BYTES, headerPairs: 100 },
});

/**
 * The route takes a form with one `file` of up to 25 MB, or JSON. It must also be listed in `multipart-routes.ts`. Stands
 * below `@Idempotent()`, which wants to know the file.
 */
export const Upload = () =>
  applyDecorators(
    UseInterceptors(UploadPlaceInterceptor, FileOfForm, FormFieldsInterceptor),
    ApiConsumes('application/json', 'multipart/form-data'),
  );
