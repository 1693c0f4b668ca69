import { Injectable } from '@nestjs/common';
import { DocumentIndexJob } from '../knowledge/document-index.job.js';
import { WriteBackJob } from '../memory/write-back.job.js';
import type { JobHandler } from './job-handler.js';
import { TitleJob } from './title.job.js';

/** Who does which kind of outbox row. */
@Injectable()
export class JobHandlersService {
  private readonly handlers: ReadonlyMap<string, JobHandler>;

  constructor(title: TitleJob, writeBack: WriteBackJob, documentIndex: DocumentIndexJob) {
    const all: JobHandler[] = [title, writeBack, documentIndex];
    this.handlers = new Map(all.flatMap((handler) => handler.kinds.map((kind) => [kind, handler])));
  }

  of(kind: string): JobHandler | undefined {
    return this.handlers.get(kind);
  }
}
