import { createHash } from 'node:crypto';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
  applyDecorators,
} from '@nestjs/common';
import type { Response } from 'express';
import { finalize, type Observable } from 'rxjs';
import {
  type Answer,
  IdempotencyService,
  type RepeatableRequest,
} from '../../orchestration/idempotency/idempotency.service.js';
import type { AuthenticatedRequest } from '../auth/authenticated-request.js';
import { ApiHeader } from '../docs/document.decorator.js';
import { IdempotentReplay } from './idempotent-replay.js';

/** Larger answers are not kept; the request is simply done again. */
const MAX_KEPT_BYTES = 2_097_152;

/** Marks an answer, already on its way, as not worth replaying. */
export const NOT_REPLAYABLE = 'notReplayable';

@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly idempotency: IdempotencyService) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string') return next.handle();
    const { userId } = request.principal;
    // A copy: by the time of the answer, the request's path may be another.
    const repeatable: RepeatableRequest = { method: request.method, path: request.path, body: bodyOf(request) };
    const kept = await this.idempotency.begin(userId, key, repeatable);
    if (kept) throw new IdempotentReplay(kept);
    const over = this.keepAnswer(http.getResponse<Response>(), (answer) =>
      this.idempotency.end(userId, key, repeatable, answer),
    );
    // What a handler returns is answered right after it.
    return next.handle().pipe(finalize(() => setImmediate(over)));
  }

  /**
   * The answer is kept before its last byte leaves, so that a caller who has it can already repeat the request. So is that
   * of a caller who has left: whoever lost an answer on its way repeats the request to get it. Where a handler gives up as
   * its caller has left, there is none.
   *
   * @returns to be called when the handler is over.
   */
  private keepAnswer(response: Response, keep: (answer: Answer | undefined) => Promise<void>): () => void {
    const chunks: Buffer[] = [];
    let size = 0;
    let settled = false;
    const collect = (chunk: unknown) => {
      if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return;
      const bytes = Buffer.from(chunk as string);
      size += bytes.length;
      if (size <= MAX_KEPT_BYTES) chunks.push(bytes);
    };
    const settle = async (complete: boolean) => {
      if (settled) return;
      settled = true;
      const good = complete && response.statusCode < 300 && size <= MAX_KEPT_BYTES && !response.locals[NOT_REPLAYABLE];
      const contentType = String(response.getHeader('content-type') ?? 'application/json; charset=utf-8');
      const answer = good ? { status: response.statusCode, contentType, body: Buffer.concat(chunks) } : undefined;
      await keep(answer);
    };
    const write = response.write.bind(response) as (...args: unknown[]) => boolean;
    const end = response.end.bind(response) as (...args: unknown[]) => Response;
    response.write = ((...args: unknown[]) => {
      collect(args[0]);
      return write(...args);
    }) as typeof response.write;
    response.end = ((...args: unknown[]) => {
      collect(args[0]);
      void settle(true).finally(() => end(...args));
      return response;
    }) as typeof response.end;
    let isOver = false;
    const giveUp = () => {
      if (isOver && response.closed) void settle(false);
    };
    response.once('close', giveUp);
    return () => {
      isOver = true;
      giveUp();
    };
  }
}

/** A form is the same where its fields and its file are. */
function bodyOf({ body, file }: AuthenticatedRequest): unknown {
  if (file === undefined) return body;
  const { buffer, mimetype, originalname } = file;
  return [body, mimetype, originalname, createHash('sha256').update(buffer).digest('hex')];
}

/** The route honours `Idempotency-Key`. */
export const Idempotent = () =>
  applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Send the same key to repeat a request safely.',
    }),
  );
