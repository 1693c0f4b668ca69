/** What the server tells of memories, facts and documents. */

export interface Memory {
  id: string;
  text: string;
  session_id?: string | null;
  message_id?: string | null;
  created_at?: string | null;
}

export interface Fact {
  id: string;
  key: string;
  value: string;
  since?: string | null;
}

export interface Dataset {
  dataset: string;
  shared: boolean;
  documents: number;
  chunks: number;
}

export interface KnownDocument {
  id: string;
  dataset: string;
  title?: string | null;
  content_type?: string | null;
  status: 'pending' | 'ready' | 'failed';
  error_code?: string | null;
  shared?: boolean;
  created_at: string;
}

export interface Passage {
  text: string;
  source: string;
  document_id?: string | null;
}

export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

/** A file, or a text with a title. */
export type NewDocument = { file: File } | { title: string; text: string };
