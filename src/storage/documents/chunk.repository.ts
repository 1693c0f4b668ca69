import { createHash } from 'node:crypto';
import { Injectable, Optional } from '@nestjs/common';
import { newId } from '../../core/util/ids.js';
import { storableJson, storableText } from '../../core/util/storable.js';
import { Batcher, byQuestion } from '../database/batcher.js';
import { Database } from '../database/database.js';
import type { SearchTerms } from '../../core/util/search-terms.js';
import type { TextVector } from '../memories/memory.repository.js';
import { readRealArray, signatureOf } from '../memories/real-array.js';
import { SignalRepository } from '../signals/signal.repository.js';
import { ADD, ALIKE, BY_INDEX, NEAREST, SCOPES } from './chunk-queries.js';
import { ChunkScopeCache, type FilledScope } from './chunk-scopes.js';

export interface NewChunk {
  position: number;
  headings: readonly string[];
  page: number | null;
  text: string;
  /** Of the text, its headings and the title. */
  terms: SearchTerms;
  vector: TextVector | null;
}

/** Whose dataset: a user's, or one that is shared. */
export interface ChunkScope {
  ownerId: string | null;
  dataset: string;
}

export interface ChunkQuery {
  userId: string;
  /** That hold anything, as `scopes` tells. */
  scopes: readonly FilledScope[];
  terms: SearchTerms;
  vector: TextVector | null;
}

export interface FoundChunk {
  id: string;
  documentId: string;
  position: number;
  headings: string[];
  page: number | null;
  text: string;
  title: string;
  dataset: string;
  /** How much of the query's words it holds, rare words counting more; null where it holds none. */
  lexical: number | null;
  /** Of unit length; null where its signs are not near to the query's. */
  embedding: Float32Array | null;
}

interface AskedScopes {
  userId: string;
  datasets: readonly string[];
}

@Injectable()
export class ChunkRepository {
  private trigrams: boolean | undefined;
  private readonly scoping = new Batcher((asked: readonly AskedScopes[]) => this.scopesOf(asked));

  private readonly scopesKnown: ChunkScopeCache;

  constructor(
    private readonly database: Database,
    @Optional() signals?: SignalRepository,
  ) {
    this.scopesKnown = new ChunkScopeCache(signals);
  }

  /** False where the document is gone, or done: then nothing is kept. What is there already is not kept twice. */
  async add(documentId: string, scope: ChunkScope, chunks: readonly NewChunk[]): Promise<boolean> {
    const mark = lexemeOf(scope);
    const rows = await this.database.query('chunk_add', ADD, [
      documentId,
      storableJson(chunks.map((c) => asRow(c, mark))),
    ]);
    return rows.length > 0;
  }

  /** For searches by misspelt words. */
  async addWords(documentId: string, words: readonly string[]): Promise<void> {
    await this.database.query(
      'chunk_add_words',
      `INSERT INTO document_words (document_id, word)
       SELECT d.id, word FROM documents d, unnest($2::text[]) AS word WHERE d.id = $1 ON CONFLICT DO NOTHING`,
      [documentId, words.map(storableText)],
    );
  }

  /** From now on searches find the document. `chunks` are what it has; any beyond are of an attempt before. */
  async finish(documentId: string, chunks: number): Promise<void> {
    await this.database.query(
      'chunk_finish',
      `WITH stale AS (DELETE FROM chunks WHERE document_id = $1 AND position >= $2)
       UPDATE documents SET status = 'ready', error_code = NULL, chunks = $2, indexed_at = now() WHERE id = $1`,
      [documentId, chunks],
    );
  }

  /** Which of these datasets hold anything: the user's own and the shared ones. */
  async scopes(userId: string, datasets: readonly string[]): Promise<readonly FilledScope[]> {
    return this.scopesKnown.of(userId, datasets, () => this.scoping.ask({ userId, datasets }));
  }

  private async scopesOf(asked: readonly AskedScopes[]): Promise<FilledScope[][]> {
    const questions = storableJson(asked.map((question, at) => ({ at, ...question })));
    const rows = await this.database.query<FilledScope & { at: number }>('chunk_scopes', SCOPES, [questions]);
    return byQuestion(rows, asked.length);
  }

  /** Those that share words with the query, and those whose vectors are near to its; unordered. */
  async search({ userId, scopes, terms, vector }: ChunkQuery): Promise<FoundChunk[]> {
    const values = [
      userId,
      [...new Set(scopes.map(({ dataset }) => dataset))],
      scopes.map((scope) => `'${lexemeOf(scope)}'`).join(' | '),
      scopes.reduce((sum, { chunks }) => sum + chunks, 0),
      storableText(terms.words.join(' ')),
      terms.grams.map(storableText),
      vector === null ? null : signatureOf(vector.values),
      vector?.model ?? null,
    ];
    const rows = await this.database.transaction(async (sql) => {
      await sql(BY_INDEX, []);
      return sql<Omit<FoundChunk, 'embedding'> & { sent: Buffer | null }>(NEAREST, values);
    });
    return rows.map(({ sent, ...row }) => ({ ...row, embedding: sent === null ? null : readRealArray(sent) }));
  }

  /** Words of these datasets that are written nearly as the given ones; none where the database cannot compare so. */
  async wordsLike(userId: string, datasets: readonly string[], words: readonly string[]): Promise<string[]> {
    this.trigrams ??= await this.hasTrigrams();
    if (!this.trigrams || words.length === 0) return [];
    const rows = await this.database.query<{ word: string }>('chunk_words_like', ALIKE, [
      userId,
      datasets,
      words.map(storableText),
    ]);
    return rows.map(({ word }) => word);
  }

  private async hasTrigrams(): Promise<boolean> {
    const row = await this.database.one(
      'chunk_has_trigrams',
      `SELECT 1 AS found FROM pg_extension WHERE extname = 'pg_trgm'`,
      [],
    );
    return row !== undefined;
  }
}

/** No word begins so. */
function lexemeOf({ ownerId, dataset }: ChunkScope): string {
  return `#${createHash('sha256')
    .update(JSON.stringify([ownerId, dataset]))
    .digest('hex')
    .slice(0, 20)}`;
}

function asRow({ position, headings, page, text, terms, vector }: NewChunk, mark: string) {
  return {
    id: newId(),
    position,
    headings,
    page,
    text,
    words: terms.words.join(' '),
    grams: [...terms.grams, mark],
    model: vector?.model ?? null,
    signature: vector === null ? null : signatureOf(vector.values),
    embedding: vector?.values ?? null,
  };
}
