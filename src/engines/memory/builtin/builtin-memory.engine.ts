import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import { isUuid, newId } from '../../../core/util/ids.js';
import { searchTerms } from '../../../core/util/search-terms.js';
import { storableText } from '../../../core/util/storable.js';
import type {
  MemoryRepository,
  MemoryRow,
  NewMemory,
  TextVector,
} from '../../../storage/memories/memory.repository.js';
import type { AiCatalog } from '../../ai/ai-catalog.port.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import { type Memory, MemoryEngine, type MemoryPage, type MemoryScope, type MemoryTurn } from '../memory.port.js';
import { MemoryExtraction, type MemoryStatement } from './memory-extraction.js';
import { rankMemories } from './memory-ranking.js';
import { textHash } from './same-text.js';
import { TextEmbedder } from './text-embedder.js';

export interface BuiltinMemoryOptions {
  /**
   * `model`: the chat model words what is to be remembered, and the rules do where there is none or it fails;
   * `rules`: what users say is kept in their own words.
   */
  extraction: 'model' | 'rules';
  /** Whether a provider's vectors help to find memories: every turn then asks for one. */
  embeddings: boolean;
}

const MAX_TEXT = 4000;
const MAX_QUERY = 1000;
const MAX_FOUND = 50;
const MAX_PAGE = 200;
/** A turn waits for a search; a vector that comes later than this is searched without. */
const QUERY_EMBED_MS = 250;
const STORE_EMBED_MS = 10_000;
/** Shorter words are like too many others. */
const LEAST_LETTERS_COMPARED = 4;
const MOST_WORDS_COMPARED = 8;

/** Memories in this server's own Postgres: found by their words, and by their meaning where a model makes embeddings. */
export class BuiltinMemoryEngine extends MemoryEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'builtin';
  readonly isRemote = false;
  private readonly embedder: TextEmbedder | null;
  private readonly extraction: MemoryExtraction;

  constructor(
    private readonly memories: MemoryRepository,
    ai: AiCatalog,
    logger: Logger,
    options: BuiltinMemoryOptions = { extraction: 'model', embeddings: true },
  ) {
    super();
    this.embedder = options.embeddings ? new TextEmbedder(ai, logger) : null;
    this.extraction = new MemoryExtraction(ai, logger, options.extraction === 'model');
  }

  async search(query: string, { userId }: MemoryScope, topK: number, signal: AbortSignal): Promise<Memory[]> {
    signal.throwIfAborted();
    const text = query.slice(0, MAX_QUERY).trim();
    if (text === '' || topK < 1) return [];
    const [vector = null] = (await this.embedder?.embed([text], QUERY_EMBED_MS, signal)) ?? [];
    const terms = searchTerms(text);
    const found = await this.memories.search({ userId, terms, vector });
    const candidates = found.length > 0 ? found : await this.memories.searchSimilar(userId, longestWords(terms.words));
    signal.throwIfAborted();
    const ranked = rankMemories(candidates, vector?.values ?? null, Math.min(topK, MAX_FOUND), new Date());
    return ranked.map(({ memory, score }) => asMemory(memory, score));
  }

  async add(turn: MemoryTurn, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (await this.memories.hasLearned(turn.turnId)) return;
    const statements = await this.extraction.statementsOf(turn.messages, signal);
    const vectors = await this.embedder?.embed(
      statements.map(({ text }) => text),
      STORE_EMBED_MS,
      signal,
    );
    const memories = statements.map((statement, at) => newMemory(statement, turn.sessionId, vectors?.[at]));
    await this.memories.addTurn({ turnId: turn.turnId, userId: turn.userId }, memories);
  }

  async list(userId: string, limit: number, cursor: string | null, signal: AbortSignal): Promise<MemoryPage> {
    signal.throwIfAborted();
    if (cursor !== null && !isUuid(cursor))
      throw rejected('cursor', 'cursor must be the next_cursor of the page before.');
    const size = Math.max(1, Math.min(limit, MAX_PAGE));
    const rows = await this.memories.list(userId, size + 1, cursor);
    const items = rows.slice(0, size).map((row) => asMemory(row, null));
    return { items, nextCursor: rows.length > size ? (items.at(-1)?.id ?? null) : null };
  }

  async remember(userId: string, text: string, signal: AbortSignal): Promise<Memory> {
    signal.throwIfAborted();
    const kept = storableText(text).trim();
    if (kept === '') throw rejected('text', 'There is nothing to remember in an empty text.');
    if (Array.from(kept).length > MAX_TEXT) throw rejected('text', `A memory has at most ${MAX_TEXT} characters.`);
    const vectors = await this.embedder?.embed([kept], STORE_EMBED_MS, signal);
    const statement: MemoryStatement = { kind: 'kept', text: kept, messageId: null, createdAt: new Date() };
    return asMemory(await this.memories.keep(userId, newMemory(statement, null, vectors?.[0])), null);
  }

  async remove(userId: string, id: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return isUuid(id) && this.memories.remove(userId, id);
  }

  async removeSession(userId: string, sessionId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (isUuid(sessionId)) await this.memories.removeSession(userId, sessionId);
  }

  async removeAll(userId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.memories.removeAll(userId);
  }

  /** It is as well as the database, which has a check of its own. */
  async health(): Promise<EngineHealth> {
    return { status: 'up' };
  }

  async close(): Promise<void> {}
}

function newMemory(
  { kind, text, messageId, createdAt }: MemoryStatement,
  sessionId: string | null,
  vector: TextVector | undefined,
): NewMemory {
  return {
    id: newId(),
    sessionId: uuidOrNull(sessionId),
    messageId: uuidOrNull(messageId),
    kind,
    text,
    hash: textHash(text),
    terms: searchTerms(text),
    vector: vector ?? null,
    createdAt,
  };
}

function asMemory({ id, text, createdAt, sessionId, messageId }: MemoryRow, score: number | null): Memory {
  return { id, text, score, createdAt, sessionId, messageId };
}

/** Callers of the port may number their messages as they like; this database points at its own alone. */
const uuidOrNull = (id: string | null) => (id !== null && isUuid(id) ? id : null);

const longestWords = (words: readonly string[]) =>
  words
    .filter((word) => word.length >= LEAST_LETTERS_COMPARED)
    .toSorted((a, b) => b.length - a.length)
    .slice(0, MOST_WORDS_COMPARED);

const rejected = (param: string, message: string) => new CozyError('ENGINE_REQUEST_REJECTED', { param, message });
