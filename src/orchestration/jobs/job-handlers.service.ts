import { Injectable } from '@nestjs/common';
import type { JobHandler } from './job-handler.js';

/** Who does which kind of outbox row. */
@Injectable()
export class JobHandlersService {
  private readonly handlers: ReadonlyMap<string, JobHandler>;

  constructor(handlers: readonly JobHandler[]) {
    this.handlers = new Map(handlers.flatMap((handler) => handler.kinds.map((kind) => [kind, handler])));
  }

  get(kind: string): JobHandler {
    const handler = this.handlers.get(kind);
    if (!handler) throw new Error(`no job is known for outbox kind ${kind}`);
    return handler;
  }

  /** Of a kind that nobody knows any more, too: each of its rows is a failure of its own. */
  drainsUser(kind: string): boolean {
    return this.handlers.get(kind)?.drainsUser ?? false;
  }
}
