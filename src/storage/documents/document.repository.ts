import { Injectable } from '@nestjs/common';
import type { DocumentStatus, DocumentType } from '../../core/domain/document.js';
import { newId } from '../../core/util/ids.js';
import { storableJson } from '../../core/util/storable.js';
import { Database } from '../database/database.js';

export interface DocumentRow {
  id: string;
  ownerId: string | null;
  dataset: string;
  title: string;
  contentType: DocumentType;
  status: DocumentStatus;
  errorCode: string | null;
  metadata: Record<string, unknown>;
  chunks: number;
  createdAt: Date;
}

export interface NewDocumentRow extends Pick<
  DocumentRow,
  'id' | 'ownerId' | 'dataset' | 'title' | 'contentType' | 'metadata'
> {
  /** Who adds it: the work on it is theirs. */
  uploaderId: string;
  content: unknown;
  bytes: number;
}

/** What an owner may keep: a user, or all that is shared together. */
export interface DocumentQuota {
  documents: number;
  bytes: number;
}

export interface DatasetRow {
  name: string;
  shared: boolean;
  documents: number;
  chunks: number;
}

/** The kind of the outbox rows that ask for a document to be made findable; their turn id is the document's. */
export const DOCUMENT_INDEX = 'document.index';

const COLUMNS = `id, owner_id AS "ownerId", dataset, title, content_type AS "contentType", status,
  error_code AS "errorCode", metadata, chunks, created_at AS "createdAt"`;

/** Rows that a user may read: their own, and what is shared. */
const READABLE = '(owner_id = $1 OR owner_id IS NULL)';

@Injectable()
export class DocumentRepository {
  constructor(private readonly database: Database) {}

  /**
   * The document and the work that it promises, both or none. Undefined where the owner would then have more than the
   * quota, or the uploader is gone; the row that is there where the id was added before.
   */
  async add(document: NewDocumentRow, quota: DocumentQuota): Promise<DocumentRow | undefined> {
    const { id, ownerId, uploaderId, dataset, title, contentType, content, bytes } = document;
    return this.database.transaction(async (sql) => {
      // Two uploads at once of one user must not both find room for the last one.
      const uploader = await sql('SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE', [uploaderId]);
      const [before] = await sql<DocumentRow>(
        `SELECT ${COLUMNS} FROM documents WHERE id = $1 AND owner_id IS NOT DISTINCT FROM $2::uuid`,
        [id, ownerId],
      );
      if (before) return before;
      const [used] = await sql<DocumentQuota>(USED, [ownerId]);
      const isFull = !used || used.documents >= quota.documents || used.bytes + bytes > quota.bytes;
      if (isFull || uploader.length === 0) return undefined;
      const [row] = await sql<DocumentRow>(
        `INSERT INTO documents (id, owner_id, dataset, title, content_type, metadata, content, bytes)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8) RETURNING ${COLUMNS}`,
        [id, ownerId, dataset, title, contentType, storableJson(document.metadata), storableJson(content), bytes],
      );
      await sql('INSERT INTO outbox (id, kind, user_id, turn_id) VALUES ($1, $2, $3, $4)', [
        newId(),
        DOCUMENT_INDEX,
        uploaderId,
        id,
      ]);
      return row;
    });
  }

  async used(ownerId: string | null): Promise<DocumentQuota> {
    const row = await this.database.one<DocumentQuota>('document_used', USED, [ownerId]);
    return row ?? { documents: 0, bytes: 0 };
  }

  /** Newest first, the user's own and the shared ones of this name; `before` is the id to go on after. */
  async list(userId: string, dataset: string, limit: number, before: string | null): Promise<DocumentRow[]> {
    return this.database.query(
      'document_list',
      `SELECT ${COLUMNS} FROM documents
       WHERE ${READABLE} AND dataset = $2 AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $3`,
      [userId, dataset, limit, before],
    );
  }

  async find(userId: string, dataset: string, id: string): Promise<DocumentRow | undefined> {
    return this.database.one(
      'document_find',
      `SELECT ${COLUMNS} FROM documents WHERE id = $3 AND dataset = $2 AND ${READABLE}`,
      [userId, dataset, id],
    );
  }

  /** By name; a user's own and a shared one of one name are two. */
  async datasets(userId: string): Promise<DatasetRow[]> {
    return this.database.query(
      'document_datasets',
      `SELECT dataset AS name, owner_id IS NULL AS shared, count(*)::int AS documents, sum(chunks)::int AS chunks
       FROM documents WHERE ${READABLE} GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 1000`,
      [userId],
    );
  }

  /** With all that was made of it. False where the owner's dataset holds no such document; null: what is shared. */
  async remove(ownerId: string | null, dataset: string, id: string): Promise<boolean> {
    const row = await this.database.one(
      'document_remove',
      `WITH gone AS (
         DELETE FROM documents WHERE id = $3 AND dataset = $2 AND owner_id IS NOT DISTINCT FROM $1::uuid RETURNING id
       ), promised AS (DELETE FROM outbox WHERE kind = '${DOCUMENT_INDEX}' AND turn_id IN (SELECT id FROM gone))
       SELECT id FROM gone`,
      [ownerId, dataset, id],
    );
    return row !== undefined;
  }

  /** All that is the owner's own. */
  async removeAll(ownerId: string): Promise<void> {
    await this.database.query(
      'document_remove_all',
      `WITH gone AS (DELETE FROM documents WHERE owner_id = $1 RETURNING id)
       DELETE FROM outbox WHERE kind = '${DOCUMENT_INDEX}' AND turn_id IN (SELECT id FROM gone)`,
      [ownerId],
    );
  }

  /** A document with its text, whoever's it is: for the work on it alone. */
  async content(id: string): Promise<(DocumentRow & { content: unknown }) | undefined> {
    return this.database.one('document_content', `SELECT ${COLUMNS}, content FROM documents WHERE id = $1`, [id]);
  }

  async noteFailure(id: string, errorCode: string): Promise<void> {
    await this.database.query(
      'document_failed',
      `UPDATE documents SET status = 'failed', error_code = $2 WHERE id = $1 AND status <> 'ready'`,
      [id, errorCode],
    );
  }
}

const USED = `SELECT count(*)::int AS documents, coalesce(sum(bytes), 0)::float8 AS bytes
  FROM documents WHERE owner_id = $1 OR ($1::uuid IS NULL AND owner_id IS NULL)`;
