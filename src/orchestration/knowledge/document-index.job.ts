import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { PersonalEngines } from '../../engines/personal-engines.port.js';
import { DOCUMENT_INDEX } from '../../storage/documents/document.repository.js';
import type { OutboxRow } from '../../storage/outbox/outbox.repository.js';
import type { RowHandler } from '../jobs/job-handler.js';
import { JOB_ATTEMPTS } from '../jobs/job.queue.js';

/** A large document with vectors asks a provider for many of them. */
const DEADLINE_MS = 600_000;

/** Makes documents findable that were added. */
@Injectable()
export class DocumentIndexJob implements RowHandler {
  readonly kinds = [DOCUMENT_INDEX];

  constructor(private readonly engines: PersonalEngines) {}

  async run({ turnId: documentId, attempts }: OutboxRow): Promise<true> {
    // Rows of documents are the built-in engine's, whichever is the standard one.
    const own = this.engines.knowledge.all.find(({ engine }) => !engine.isRemote);
    if (!own) throw new CozyError('ENGINE_UNSUPPORTED', { message: 'Knowledge is switched off on this server.' });
    await own.engine.index(documentId, attempts + 1 >= JOB_ATTEMPTS, AbortSignal.timeout(DEADLINE_MS));
    return true;
  }
}
