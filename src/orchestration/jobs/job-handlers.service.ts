import { Injectable } from '@nestjs/common';
import { WriteBackJob } from '../memory/write-back.job.js';
import { SummaryJob } from '../summaries/summary.job.js';
import type { JobHandler } from './job-handler.js';
import { TitleJob } from './title.job.js';

/** Who does which kind of outbox row. */
@Injectable()
export class JobHandlersService {
  private readonly handlers: ReadonlyMap<string, JobHandler>;

  constructor(title: TitleJob, writeBack: WriteBackJob, summary: SummaryJob) {
    const handlers: JobHandler[] = [title, writeBack, summary];
    this.handlers = new Map(handlers.flatMap((handler) => handler.kinds.map((kind) => [kind, handler])));
  }

  get(kind: string): JobHandler {
    const handler = this.handlers.get(kind);
    if (!handler) throw new Error(`no job is known for outbox kind ${kind}`);
    return handler;
  }
}
