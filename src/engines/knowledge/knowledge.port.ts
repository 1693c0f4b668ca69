import type { DocumentStatus, DocumentType } from '../../core/domain/document.js';
import type { EngineHealth } from '../engine-health.js';

export type { DocumentType } from '../../core/domain/document.js';

/** A piece of a document that answers a query. */
export interface Passage {
  text: string;
  /** For a citation: the document's title or file name, and where in it, as far as the engine knows. */
  source: string;
  documentId: string;
  dataset: string;
  /** Higher is nearer to the query; comparable within one answer only. */
  score: number;
}

/** A named collection of documents: a user's own, or one that admins have made for all (`ownerId` null). */
export interface Dataset {
  ownerId: string | null;
  name: string;
}

export interface NewDocument {
  /** Given by the caller: adding the same one again changes nothing, where the engine can tell. */
  id: string;
  dataset: Dataset;
  /** Who adds it: the owner, or for what is shared an admin. */
  uploaderId: string;
  /** Null: the document's own, or its beginning. */
  title: string | null;
  contentType: DocumentType;
  body: Uint8Array;
  /** The caller's own; kept and given back where the engine can. */
  metadata: Record<string, unknown>;
}

export interface StoredDocument {
  id: string;
  dataset: string;
  isShared: boolean;
  title: string;
  contentType: DocumentType;
  status: DocumentStatus;
  /** Why it failed; null where it did not. */
  errorCode: string | null;
  metadata: Record<string, unknown>;
  /** The pieces it is found by; 0 until it is ready, and where the engine does not tell. */
  chunks: number;
  createdAt: Date;
}

/** What a dataset holds that a user may read. */
export interface DatasetSummary {
  name: string;
  isShared: boolean;
  documents: number;
  chunks: number;
}

/**
 * Finds passages in documents. Safe for concurrent use. Every method throws a CozyError: of the ENGINE_* family, or
 * where the engine lives in this server's own database STORAGE_UNAVAILABLE; VALIDATION_DOCUMENT for a document that
 * cannot be read, RESOURCE_LIMIT_REACHED for one too many; where its signal has aborted, the reason.
 */
export abstract class KnowledgeEngine {
  abstract readonly apiVersion: number;
  /** `builtin`, `cognee`. */
  abstract readonly provider: string;
  abstract readonly isRemote: boolean;

  /** The best first, at most `topK`, from the user's own datasets of these names and the shared ones. */
  abstract search(
    query: string,
    userId: string,
    datasets: readonly string[],
    topK: number,
    signal: AbortSignal,
  ): Promise<Passage[]>;

  /** Kept when this is done; found soon after. */
  abstract add(document: NewDocument, signal: AbortSignal): Promise<StoredDocument>;
  /**
   * Makes a document that was added findable: the work that `add` promised, done in the background. Doing it again
   * changes nothing; of a document that is gone there is nothing to do. `isLastTry`: what fails now has failed for good.
   */
  abstract index(id: string, isLastTry: boolean, signal: AbortSignal): Promise<void>;

  /** Newest first, the user's own and the shared ones of this name; `cursor` is the `nextCursor` of the page before. */
  abstract list(
    userId: string,
    dataset: string,
    limit: number,
    cursor: string | null,
    signal: AbortSignal,
  ): Promise<{
    items: StoredDocument[];
    nextCursor: string | null;
  }>;
  /** Undefined where the user may read no such document in this dataset. */
  abstract find(userId: string, dataset: string, id: string, signal: AbortSignal): Promise<StoredDocument | undefined>;
  /** What the user may read, by name. */
  abstract datasets(userId: string, signal: AbortSignal): Promise<DatasetSummary[]>;
  /** False where the dataset holds no such document. Gone from search at once. */
  abstract remove(dataset: Dataset, id: string, signal: AbortSignal): Promise<boolean>;

  /** All documents and datasets that are the user's own; the shared ones stay. Idempotent. */
  abstract removeAll(userId: string, signal: AbortSignal): Promise<void>;

  abstract health(signal: AbortSignal): Promise<EngineHealth>;
  /** Idempotent. */
  abstract close(): Promise<void>;
}
