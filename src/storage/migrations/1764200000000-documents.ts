import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE documents (
    id uuid NOT NULL CONSTRAINT documents_pkey PRIMARY KEY,
    owner_id uuid CONSTRAINT documents_owner_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    dataset text NOT NULL CONSTRAINT documents_dataset_check CHECK (dataset ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    title text NOT NULL CONSTRAINT documents_title_check CHECK (char_length(title) BETWEEN 1 AND 300),
    content_type text NOT NULL CONSTRAINT documents_content_type_check
      CHECK (content_type IN ('text/plain', 'text/markdown', 'text/html', 'application/pdf')),
    status text NOT NULL DEFAULT 'pending' CONSTRAINT documents_status_check
      CHECK (status IN ('pending', 'ready', 'failed')),
    error_code text,
    metadata jsonb NOT NULL DEFAULT '{}',
    content jsonb NOT NULL,
    bytes integer NOT NULL CONSTRAINT documents_bytes_check CHECK (bytes >= 0),
    chunks integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    indexed_at timestamptz
  )`,
  `CREATE INDEX documents_owner_id_dataset_id_idx ON documents (owner_id, dataset, id)`,
  `CREATE INDEX documents_shared_idx ON documents (dataset, id) WHERE owner_id IS NULL`,
  `CREATE TABLE chunks (
    id uuid NOT NULL CONSTRAINT chunks_pkey PRIMARY KEY,
    document_id uuid NOT NULL CONSTRAINT chunks_document_id_fkey REFERENCES documents (id) ON DELETE CASCADE,
    position integer NOT NULL CONSTRAINT chunks_position_check CHECK (position >= 0),
    headings text[] NOT NULL DEFAULT '{}',
    page integer,
    text text NOT NULL CONSTRAINT chunks_text_check CHECK (char_length(text) <= 8000),
    search tsvector NOT NULL,
    CONSTRAINT chunks_document_id_position_key UNIQUE (document_id, position)
  )`,
  `CREATE INDEX chunks_search_idx ON chunks USING gin (search)`,
  // Beside the chunks, as a search by meaning reads every signature of a dataset, and nothing else of it.
  `CREATE TABLE chunk_vectors (
    chunk_id uuid NOT NULL CONSTRAINT chunk_vectors_pkey PRIMARY KEY
      CONSTRAINT chunk_vectors_chunk_id_fkey REFERENCES chunks (id) ON DELETE CASCADE,
    document_id uuid NOT NULL CONSTRAINT chunk_vectors_document_id_fkey REFERENCES documents (id) ON DELETE CASCADE,
    model text NOT NULL,
    signature varbit NOT NULL,
    embedding real[] NOT NULL
  )`,
  `CREATE INDEX chunk_vectors_document_id_idx ON chunk_vectors (document_id)`,
  `CREATE TABLE document_words (
    document_id uuid NOT NULL CONSTRAINT document_words_document_id_fkey REFERENCES documents (id) ON DELETE CASCADE,
    word text NOT NULL,
    CONSTRAINT document_words_pkey PRIMARY KEY (document_id, word)
  )`,
  // Finds misspelt words; a server without pg_trgm does without.
  `DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
      CREATE INDEX document_words_word_idx ON document_words USING gin (word gin_trgm_ops);
    END IF;
  END $$`,
];

const TABLES = ['document_words', 'chunk_vectors', 'chunks', 'documents'];

export class Documents1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE ${table}`);
  }
}
