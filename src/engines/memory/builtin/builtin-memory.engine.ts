import { type ExtractionMode, type ExtractionWish, modeOf } from '../../../core/domain/write-back.js';
import { badCursor } from '../../../core/errors/bad-cursor.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import { inPieces } from '../../../core/util/grouping.js';
import { isUuid, newId } from '../../../core/util/ids.js';
import { storableText } from '../../../core/util/storable.js';
import { timeSlices } from '../../../core/util/time-slices.js';
import type {
  MemoryKind,
  MemoryOutline,
  MemoryRepository,
  MemoryRow,
  NewMemory,
  TextVector,
} from '../../../storage/memories/memory.repository.js';
import type { AiCatalog } from '../../ai/ai-catalog.port.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import { extractionModel } from '../../model-extraction.js';
import { TextEmbedder } from '../../text-embedder.js';
import {
  type Memory,
  MemoryEngine,
  type MemoryOrigin,
  type MemoryPage,
  type MemoryPageOptions,
  type MemoryScope,
  type MemoryTurn,
} from '../memory.port.js';
import { verbatim, wordedByModel } from './memory-extraction.js';
import { distinct, rankMemories } from './memory-ranking.js';
import type { MemoryStatement } from './memory-statement.js';
import { outlineOf } from './recall/recall-outline.js';
import { readQuery } from './recall/recall-query.js';
import { rankByWords } from './recall/recall-ranking.js';
import type { OutlinedMemory } from './recall/recall-reading.js';
import { WordNetAdapter } from './recall/word-net.adapter.js';
import { comparable, saySame, textHash } from './same-text.js';

export interface BuiltinMemoryOptions {
  /**
   * What users say is kept in their own words, by rules. `model`: a chat model, where there is one, later words anew
   * what is to be remembered; `auto` is the same; `rules`: it stays as it is. A personality may say otherwise.
   */
  extraction: ExtractionMode;
  /** Whether a provider's vectors help to find memories: every turn then asks for one. */
  embeddings: boolean;
}

const MAX_TEXT = 4000;
const MAX_QUERY = 1000;
const MAX_FOUND = 100;
const MAX_PAGE = 200;
/** A turn waits for a search; a vector that comes later than this is searched without. */
const QUERY_EMBED_MS = 250;
const STORE_EMBED_MS = 10_000;
/** Some servers take no more texts at once; and one that is refused takes the others' vectors with it. */
const EMBEDDED_TOGETHER = 32;
/** So many more than are wanted are read, as some may say the same. */
const SPARE = 10;

/** Memories in this server's own Postgres: found by their words, and by their meaning where a model makes embeddings. */
export class BuiltinMemoryEngine extends MemoryEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly provider = 'builtin';
  readonly isRemote = false;
  readonly batchSize = 50;
  override readonly mixesUsers = true;
  private readonly embedder: TextEmbedder | null;
  private readonly dictionary: WordNetAdapter;
  private readonly outlined = new WeakMap<readonly MemoryOutline[], OutlinedMemory[]>();

  constructor(
    private readonly memories: MemoryRepository,
    private readonly ai: AiCatalog,
    logger: Logger,
    private readonly options: BuiltinMemoryOptions = { extraction: 'auto', embeddings: true },
  ) {
    super();
    this.embedder = options.embeddings ? new TextEmbedder(ai, logger) : null;
    this.dictionary = new WordNetAdapter(logger);
    // Begun here, so that the first turn need not wait for it; it never rejects.
    void this.dictionary.load();
  }

  async search(query: string, { userId }: MemoryScope, topK: number, signal: AbortSignal): Promise<Memory[]> {
    signal.throwIfAborted();
    const text = query.slice(0, MAX_QUERY).trim();
    if (text === '' || topK < 1) return [];
    const now = new Date();
    const [outlines, { vector, near }] = await Promise.all([
      this.memories.outlines(userId),
      this.near(userId, text, signal),
      this.dictionary.load(),
    ]);
    signal.throwIfAborted();
    const found = rankByWords(this.outlinedOf(outlines), readQuery(text, now, this.dictionary.relatedTo));
    const ranked = rankMemories(found, near, vector, now);
    const most = Math.min(topK, MAX_FOUND);
    const wanted = ranked.slice(0, most + SPARE);
    const rows = await this.memories.read(
      userId,
      wanted.map(({ id }) => id),
    );
    signal.throwIfAborted();
    // The same question, asked before, answers nothing.
    const question = comparable(text);
    const answers = rows.filter((row) => row.kind !== 'asked' || !saySame(question, comparable(row.text)));
    return distinct(answers, wanted, most).map(({ row, score }) => asMemory(row, score));
  }

  /** The same array is the same memories, as long as nothing happens to them. */
  private outlinedOf(outlines: readonly MemoryOutline[]): OutlinedMemory[] {
    let outlined = this.outlined.get(outlines);
    if (outlined === undefined) this.outlined.set(outlines, (outlined = outlines.map(asOutlined)));
    return outlined;
  }

  private async near(userId: string, text: string, signal: AbortSignal) {
    const [vector] = (await this.embedder?.embed([text], QUERY_EMBED_MS, signal)) ?? [];
    if (vector === undefined) return { vector: null, near: [] };
    return { vector: vector.values, near: await this.memories.nearest(userId, vector) };
  }

  async addAll(turns: readonly MemoryTurn[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (turns.length === 0) return;
    const statements: MemoryStatement[] = [];
    const pause = timeSlices();
    for (const turn of turns) {
      statements.push(...verbatim([turn]));
      // Turns of many users come together, and others are being answered meanwhile.
      await pause();
    }
    const memories = await this.withVectors(statements, signal);
    await this.memories.addTurns(turns, memories);
  }

  override refines(wish: ExtractionWish): boolean {
    const wanted = modeOf(wish.mode, this.options.extraction) !== 'rules';
    return wanted && extractionModel(this.ai, wish) !== undefined;
  }

  override async refineAll(turns: readonly MemoryTurn[], wish: ExtractionWish, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const [first] = turns;
    const model = extractionModel(this.ai, wish);
    if (first === undefined || model === undefined) return;
    const known = await this.memories.refined(idsOf(turns));
    const fresh = turns.filter(({ turnId }) => !known.has(turnId));
    const memories = await this.withVectors(await wordedByModel(model, fresh, signal), signal);
    await this.memories.refineTurns(first.userId, idsOf(turns), memories);
  }

  async list(
    userId: string,
    limit: number,
    cursor: string | null,
    signal: AbortSignal,
    { withConversation = false }: MemoryPageOptions = {},
  ): Promise<MemoryPage> {
    signal.throwIfAborted();
    if (cursor !== null && !isUuid(cursor)) throw badCursor();
    const size = Math.max(1, Math.min(limit, MAX_PAGE));
    const rows = await this.memories.list(userId, size + 1, cursor, withConversation);
    const items = rows.slice(0, size).map((row) => asMemory(row, null));
    return { items, nextCursor: rows.length > size ? (items.at(-1)?.id ?? null) : null };
  }

  async remember(userId: string, text: string, signal: AbortSignal, origin: MemoryOrigin = {}): Promise<Memory> {
    signal.throwIfAborted();
    const kept = storableText(text).trim();
    if (kept === '') throw rejected('text', 'There is nothing to remember in an empty text.');
    if (Array.from(kept).length > MAX_TEXT) throw rejected('text', `A memory has at most ${MAX_TEXT} characters.`);
    const vectors = await this.embedder?.embed([kept], STORE_EMBED_MS, signal);
    const statement: MemoryStatement = { userId, kind: 'kept', text: kept, ...(await this.placeOf(userId, origin)) };
    return asMemory(await this.memories.keep(newMemory(statement, vectors?.[0])), null);
  }

  private async placeOf(
    userId: string,
    { createdAt = new Date(), sessionId = null, turnId = null }: MemoryOrigin,
  ): Promise<Omit<MemoryStatement, 'userId' | 'kind' | 'text'>> {
    const isInTurn = sessionId !== null && turnId !== null;
    const messageId = isInTurn ? await this.memories.questionOf(userId, sessionId, turnId) : null;
    return { createdAt, sessionId, turnId, messageId };
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

  /** With one call to the provider for several of them. */
  private async withVectors(statements: readonly MemoryStatement[], signal: AbortSignal): Promise<NewMemory[]> {
    const memories: NewMemory[] = [];
    const pause = timeSlices();
    for (const some of inPieces(statements, EMBEDDED_TOGETHER)) {
      const texts = some.map(({ text }) => text);
      const vectors = await this.embedder?.embed(texts, STORE_EMBED_MS, signal);
      for (const [at, statement] of some.entries()) {
        memories.push(newMemory(statement, vectors?.[at]));
        await pause();
      }
    }
    return memories;
  }
}

const idsOf = (turns: readonly MemoryTurn[]): string[] => turns.map(({ turnId }) => turnId);

function newMemory(
  { userId, kind, text, turnId, sessionId, messageId, createdAt }: MemoryStatement,
  vector: TextVector | undefined,
): NewMemory {
  return {
    id: newId(),
    userId,
    sessionId: uuidOrNull(sessionId),
    messageId: uuidOrNull(messageId),
    turnId,
    kind,
    text,
    // What was asked and replied may be said again elsewhere, and means something else there.
    hash: textHash(isTalk(kind) && messageId !== null ? `${messageId} ${text}` : text),
    outline: storableText(outlineOf(text)),
    vector: vector ?? null,
    createdAt,
  };
}

function asMemory({ id, text, kind, createdAt, sessionId, messageId }: MemoryRow, score: number | null): Memory {
  return { id, text, score, createdAt, sessionId, messageId, saidBy: roleOf(kind) };
}

const asOutlined = (memory: MemoryOutline): OutlinedMemory => ({
  id: memory.id,
  sessionId: memory.sessionId,
  role: roleOf(memory.kind),
  createdAt: memory.createdAt,
  outline: memory.outline ?? outlineOf(memory.text ?? ''),
});

const isTalk = (kind: MemoryKind) => kind === 'asked' || kind === 'replied';

const roleOf = (kind: MemoryKind) => (kind === 'replied' ? 'companion' : 'user');

/** Callers of the port may number their messages as they like; this database points at its own alone. */
const uuidOrNull = (id: string | null) => (id !== null && isUuid(id) ? id : null);

const rejected = (param: string, message: string) => new CozyError('ENGINE_REQUEST_REJECTED', { param, message });
