import { Injectable } from '@nestjs/common';
import { AccountDeletionJob } from '../accounts/account-deletion.job.js';
import { AccountExportJob } from '../accounts/account-export.job.js';
import { WriteBackJob } from '../memory/write-back.job.js';
import type { JobHandler } from './job-handler.js';
import { TitleJob } from './title.job.js';

/** Who does which kind of outbox row. */
@Injectable()
export class JobHandlers {
  private readonly handlers: ReadonlyMap<string, JobHandler>;

  constructor(title: TitleJob, writeBack: WriteBackJob, accountExport: AccountExportJob, deletion: AccountDeletionJob) {
    const handlers: JobHandler[] = [title, writeBack, accountExport, deletion];
    this.handlers = new Map(handlers.flatMap((handler) => handler.kinds.map((kind) => [kind, handler])));
  }

  of(kind: string): JobHandler | undefined {
    return this.handlers.get(kind);
  }
}
