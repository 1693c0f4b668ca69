import { Injectable } from '@nestjs/common';
import type { JobHandler } from './job-handler.js';
import type { Sharing } from './job-batches.js';

/** Who does which kind of outbox row. */
@Injectable()
export class JobHandlersService {
  /** Kinds that ask nobody outside and are done for many users at once: they do not wait for those that do. */
  readonly quick: readonly string[];
  private readonly handlers: ReadonlyMap<string, JobHandler>;

  constructor(handlers: readonly JobHandler[]) {
    this.handlers = new Map(handlers.flatMap((handler) => handler.kinds.map((kind) => [kind, handler])));
    this.quick = [...this.handlers.keys()].filter((kind) => this.sharingOf(kind) === 'users');
  }

  /** Undefined for what an engine was promised that is not set up any more, or not set up here. */
  find(kind: string): JobHandler | undefined {
    return this.handlers.get(kind);
  }

  /** Of a kind that nobody knows, too: each of its rows is a failure of its own. */
  sharingOf(kind: string): Sharing {
    const handler = this.handlers.get(kind);
    if (!handler || !('drain' in handler)) return 'row';
    return handler.mixesUsers(kind) ? 'users' : 'user';
  }
}
