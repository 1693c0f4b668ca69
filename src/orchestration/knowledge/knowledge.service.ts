import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { actsAsAdmin, type Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { documentType } from '../../core/util/document-type.js';
import { newId } from '../../core/util/ids.js';
import type {
  DatasetSummary,
  KnowledgeEngine,
  Passage,
  StoredDocument,
} from '../../engines/knowledge/knowledge.port.js';
import { type Guarded, PersonalEngines } from '../../engines/personal-engines.port.js';
import type { ChangeScope } from '../../engines/resilience/resilience.port.js';
import { AuditService } from '../audit/audit.service.js';

/** A document as somebody sends it. */
export interface SentDocument {
  body: Uint8Array;
  title: string | null;
  /** What the sender says it is; believed only where the content does not tell. */
  contentType: string | undefined;
  fileName: string | undefined;
  metadata: Record<string, unknown>;
  /** For everybody; admins only. */
  isShared: boolean;
}

/** People wait for these; a product behind them may be slow, and a large file takes its time. */
const DEADLINE_MS = 15_000;
const ADD_MS = 90_000;

/** Documents that users give the engine to answer from. */
@Injectable()
export class KnowledgeService {
  constructor(
    private readonly engines: PersonalEngines,
    private readonly audit: AuditService,
  ) {}

  datasets(userId: string): Promise<DatasetSummary[]> {
    return this.knowledge.engine.datasets(userId, deadline());
  }

  list(userId: string, dataset: string, limit: number, cursor: string | null) {
    return this.knowledge.engine.list(userId, dataset, limit, cursor, deadline());
  }

  async get(userId: string, dataset: string, id: string): Promise<StoredDocument> {
    const own = await this.before?.engine.find(userId, dataset, id, deadline());
    return own ?? found(await this.knowledge.engine.find(userId, dataset, id, deadline()));
  }

  search(userId: string, dataset: string, query: string, topK: number): Promise<Passage[]> {
    return this.knowledge.engine.search(query, userId, [dataset], topK, deadline());
  }

  async add(principal: Principal, name: string, sent: SentDocument): Promise<StoredDocument> {
    const dataset = { ownerId: ownerOf(principal, sent.isShared), name };
    const contentType = documentType(sent.body, sent);
    const { userId } = principal;
    const document = {
      id: newId(),
      dataset,
      uploaderId: userId,
      title: sent.title ?? titleOf(sent.fileName),
      contentType,
      body: sent.body,
      metadata: sent.metadata,
    };
    const { engine, guard } = this.knowledge;
    const stored = await guard.change(
      scopeOf(dataset.ownerId),
      (signal) => engine.add(document, signal),
      AbortSignal.timeout(ADD_MS),
    );
    if (sent.isShared) await this.note('document.share', userId, stored.id, name);
    return stored;
  }

  async remove(principal: Principal, name: string, id: string, isShared: boolean): Promise<void> {
    const dataset = { ownerId: ownerOf(principal, isShared), name };
    const removeFrom = ({ engine, guard }: Guarded<KnowledgeEngine>) =>
      guard.change(scopeOf(dataset.ownerId), (signal) => engine.remove(dataset, id, signal), deadline());
    const wasKeptBefore = this.before !== undefined && (await removeFrom(this.before));
    if (!wasKeptBefore && !(await removeFrom(this.knowledge))) throw notFound();
    await this.note('document.delete', principal.userId, id, name);
  }

  private async note(
    action: 'document.share' | 'document.delete',
    actorId: string,
    id: string,
    dataset: string,
  ): Promise<void> {
    await this.audit.record({
      action,
      outcome: 'success',
      actorId,
      subject: `document:${id}`,
      details: { dataset },
    });
  }

  /** The built-in engine, where another is the standard one: it may hold what was added before that was configured. */
  private get before(): Guarded<KnowledgeEngine> | undefined {
    const { all, standard } = this.engines.knowledge;
    return standard?.engine.isRemote ? all.find(({ engine }) => !engine.isRemote) : undefined;
  }

  private get knowledge(): Guarded<KnowledgeEngine> {
    const { standard } = this.engines.knowledge;
    if (standard) return standard;
    throw new CozyError('RESOURCE_NOT_FOUND', { message: 'Knowledge is switched off on this server.' });
  }
}

const deadline = () => AbortSignal.timeout(DEADLINE_MS);

/** Whose answers change: what is shared is in everybody's. */
const scopeOf = (ownerId: string | null): ChangeScope => (ownerId === null ? 'everybody' : { userId: ownerId });

function ownerOf(principal: Principal, isShared: boolean): string | null {
  if (!isShared) return principal.userId;
  if (!actsAsAdmin(principal)) {
    throw new CozyError('AUTH_FORBIDDEN', { param: 'shared', message: 'Only an admin may change what is shared.' });
  }
  return null;
}

/** A file's name without its folders and its ending. */
function titleOf(fileName: string | undefined): string | null {
  const base = path.win32.basename(fileName ?? '');
  return base.replace(/\.[A-Za-z0-9]{1,10}$/, '').trim() || null;
}

const notFound = () => new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such document.' });

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw notFound();
  return value;
}
