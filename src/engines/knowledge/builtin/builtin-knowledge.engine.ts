import { badCursor } from '../../../core/errors/bad-cursor.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import { isUuid } from '../../../core/util/ids.js';
import { searchTerms } from '../../../core/util/search-terms.js';
import { storableText } from '../../../core/util/storable.js';
import type { ChunkQuery, FoundChunk } from '../../../storage/documents/chunk.repository.js';
import type { DocumentQuota, DocumentRow } from '../../../storage/documents/document.repository.js';
import type { AiCatalog } from '../../ai/ai-catalog.port.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import { TextEmbedder } from '../../text-embedder.js';
import {
  type Dataset,
  type DatasetSummary,
  KnowledgeEngine,
  type NewDocument,
  type Passage,
  type StoredDocument,
} from '../knowledge.port.js';
import { indexDocument } from './document-indexing.js';
import { comparableWords } from './document-words.js';
import type { KnowledgeStores } from './knowledge-stores.js';
import { rankPassages } from './passage-ranking.js';
import { type Block, DocumentReader } from './reading/document-reader.js';

export interface BuiltinKnowledgeOptions {
  /** Whether a provider's vectors help to find passages: every question then asks for one. */
  embeddings: boolean;
  /** What one user may keep. */
  quota: DocumentQuota;
  /** Of one document's text. */
  mostCharacters: number;
}

/** What is shared belongs to nobody, and has room for so many users' documents. */
const SHARED_QUOTAS = 10;
const MOST_PAGES = 2000;
const READ_MS = 30_000;
const MAX_QUERY = 2000;
const MAX_FOUND = 100;
const MAX_PAGE = 200;
const MAX_TITLE = 200;
/** A turn waits for a search; a vector that comes later than this is searched without. */
const QUERY_EMBED_MS = 250;
const MOST_WORDS_COMPARED = 4;

/** Documents in this server's own Postgres: found by their words, and by their meaning where a model makes embeddings. */
export class BuiltinKnowledgeEngine extends KnowledgeEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'builtin';
  readonly isRemote = false;
  private readonly embedder: TextEmbedder | null;
  private readonly reader: DocumentReader;

  constructor(
    private readonly stores: KnowledgeStores,
    ai: AiCatalog,
    logger: Logger,
    private readonly options: BuiltinKnowledgeOptions,
  ) {
    super();
    this.embedder = options.embeddings ? new TextEmbedder(ai, logger) : null;
    this.reader = new DocumentReader({
      mostCharacters: options.mostCharacters,
      mostPages: MOST_PAGES,
      milliseconds: READ_MS,
    });
  }

  async search(
    query: string,
    userId: string,
    datasets: readonly string[],
    topK: number,
    signal: AbortSignal,
  ): Promise<Passage[]> {
    signal.throwIfAborted();
    const text = query.slice(0, MAX_QUERY).trim();
    if (text === '' || topK < 1 || datasets.length === 0) return [];
    const scopes = await this.stores.chunks.scopes(userId, datasets);
    if (scopes.length === 0) return [];
    const vector = await this.vectorOf(text, signal);
    const asked: ChunkQuery = { userId, scopes, terms: searchTerms(text), vector };
    const found = await this.stores.chunks.search(asked);
    const candidates = found.length > 0 ? found : await this.searchAlike(asked);
    signal.throwIfAborted();
    const ranked = rankPassages(candidates, vector?.values ?? null, Math.min(topK, MAX_FOUND));
    return ranked.map(({ passage, score }) => asPassage(passage, score));
  }

  async add(document: NewDocument, signal: AbortSignal): Promise<StoredDocument> {
    signal.throwIfAborted();
    const { id, uploaderId, contentType, dataset, metadata } = document;
    const { ownerId, name } = dataset;
    const quota = this.quotaOf(ownerId);
    const used = await this.stores.documents.used(ownerId);
    if (used.documents >= quota.documents) throw full(quota);
    const { title, blocks } = await this.reader.read(document.body, contentType, signal);
    const bytes = blocks.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    const row = await this.stores.documents.add(
      {
        id,
        ownerId,
        uploaderId,
        dataset: name,
        title: titleOf(document.title, title, blocks),
        contentType,
        metadata,
        content: blocks,
        bytes,
      },
      quota,
    );
    if (!row) throw full(quota);
    return asDocument(row);
  }

  async index(id: string, isLastTry: boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const document = await this.stores.documents.content(id);
    if (!document || document.status === 'ready') return;
    try {
      const tools = { chunks: this.stores.chunks, embedder: this.embedder };
      await indexDocument(document, document.content as Block[], tools, signal);
    } catch (error) {
      if (isLastTry)
        await this.stores.documents.noteFailure(id, error instanceof CozyError ? error.code : 'INTERNAL_ERROR');
      throw error;
    }
  }

  async list(userId: string, dataset: string, limit: number, cursor: string | null, signal: AbortSignal) {
    signal.throwIfAborted();
    if (cursor !== null && !isUuid(cursor)) throw badCursor();
    const size = Math.max(1, Math.min(limit, MAX_PAGE));
    const rows = await this.stores.documents.list(userId, dataset, size + 1, cursor);
    const items = rows.slice(0, size).map(asDocument);
    return { items, nextCursor: rows.length > size ? (items.at(-1)?.id ?? null) : null };
  }

  async find(userId: string, dataset: string, id: string, signal: AbortSignal): Promise<StoredDocument | undefined> {
    signal.throwIfAborted();
    const row = isUuid(id) ? await this.stores.documents.find(userId, dataset, id) : undefined;
    return row && asDocument(row);
  }

  async datasets(userId: string, signal: AbortSignal): Promise<DatasetSummary[]> {
    signal.throwIfAborted();
    return (await this.stores.documents.datasets(userId)).map(({ shared: isShared, ...rest }) => ({
      ...rest,
      isShared,
    }));
  }

  async remove({ ownerId, name }: Dataset, id: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return isUuid(id) && this.stores.documents.remove(ownerId, name, id);
  }

  async removeAll(userId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.stores.documents.removeAll(userId);
  }

  /** It is as well as the database, which has a check of its own. */
  async health(): Promise<EngineHealth> {
    return { status: 'up' };
  }

  async close(): Promise<void> {}

  private async vectorOf(text: string, signal: AbortSignal): Promise<ChunkQuery['vector']> {
    const [vector = null] = (await this.embedder?.embed([text], QUERY_EMBED_MS, signal)) ?? [];
    return vector;
  }

  /** By the words of the documents that are written nearly as those of the query. */
  private async searchAlike(asked: ChunkQuery): Promise<FoundChunk[]> {
    const names = asked.scopes.map(({ dataset }) => dataset);
    const words = comparableWords(asked.terms.words).toSorted((a, b) => b.length - a.length);
    const alike = await this.stores.chunks.wordsLike(asked.userId, names, words.slice(0, MOST_WORDS_COMPARED));
    return alike.length === 0
      ? []
      : this.stores.chunks.search({ ...asked, terms: { words: alike, grams: [] }, vector: null });
  }

  private quotaOf(ownerId: string | null): DocumentQuota {
    const { documents, bytes } = this.options.quota;
    const times = ownerId === null ? SHARED_QUOTAS : 1;
    return { documents: documents * times, bytes: bytes * times };
  }
}

function titleOf(given: string | null, own: string, blocks: readonly Block[]): string {
  const heading = blocks.find(({ level }) => level === 1)?.text;
  const candidates = [given, own, heading, blocks[0]?.text.split('\n', 1)[0]];
  const title = candidates.map((text) => text?.replaceAll(/\s+/g, ' ').trim() ?? '').find((text) => text !== '');
  return storableText((title ?? 'Document').slice(0, MAX_TITLE));
}

function asDocument({ ownerId, ...row }: DocumentRow): StoredDocument {
  return { ...row, isShared: ownerId === null };
}

function asPassage({ title, headings, page, text, documentId, dataset }: FoundChunk, score: number): Passage {
  const place = headings.filter((heading) => heading !== title);
  const source = [title, ...place].join(' › ') + (page === null ? '' : `, p. ${page}`);
  return { text, source, documentId, dataset, score };
}

function full({ documents, bytes }: DocumentQuota): CozyError {
  const message = `There is room for ${documents} documents with ${bytes} bytes of text here. Delete some first.`;
  return new CozyError('RESOURCE_LIMIT_REACHED', { message, details: { documents, bytes } });
}
