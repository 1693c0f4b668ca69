import type { EngineHealth } from '../engine-health.js';

/** A piece of a document that answers a query. */
export interface Passage {
  text: string;
  /** The document's title or file name, for a citation. */
  source: string;
  documentId: string;
  dataset: string;
  score: number;
}

/** A named collection of documents: a user's own, or one that admins have made for all (`ownerId` null). */
export interface Dataset {
  ownerId: string | null;
  name: string;
}

export interface NewDocument {
  /** Given by the caller: adding the same one again replaces it. */
  id: string;
  dataset: Dataset;
  title: string;
  contentType: 'text/plain' | 'text/markdown' | 'text/html' | 'application/pdf';
  body: Uint8Array;
}

export interface StoredDocument {
  id: string;
  dataset: string;
  title: string;
  contentType: string;
  chunks: number;
  createdAt: Date;
}

/** Finds passages in documents. Safe for concurrent use. Every method throws a CozyError of the ENGINE_* family. */
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
  abstract add(document: NewDocument, signal: AbortSignal): Promise<StoredDocument>;
  abstract list(
    dataset: Dataset,
    limit: number,
    cursor: string | null,
    signal: AbortSignal,
  ): Promise<{
    items: StoredDocument[];
    nextCursor: string | null;
  }>;
  /** False where the dataset holds no such document. */
  abstract remove(dataset: Dataset, id: string, signal: AbortSignal): Promise<boolean>;

  /** All documents and datasets that are the user's own; the shared ones stay. Idempotent. */
  abstract removeAll(userId: string, signal: AbortSignal): Promise<void>;

  abstract health(signal: AbortSignal): Promise<EngineHealth>;
  abstract close(): Promise<void>;
}
