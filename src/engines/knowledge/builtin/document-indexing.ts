import { setImmediate as nextTurn } from 'node:timers/promises';
import { searchTerms } from '../../../core/util/search-terms.js';
import type { ChunkRepository, NewChunk } from '../../../storage/documents/chunk.repository.js';
import type { DocumentRow } from '../../../storage/documents/document.repository.js';
import type { TextEmbedder } from '../../text-embedder.js';
import { type Chunk, chunksOf } from './chunking.js';
import { comparableWords } from './document-words.js';
import type { Block } from './reading/document-reader.js';

/** Rows of one statement: others get their turn between two of them. */
const BATCH = 50;
const EMBED_MS = 15_000;
/** The dictionary of a document that holds more different words is not needed whole. */
const MOST_WORDS = 5000;

/** Cuts a document into its pieces and stores them, to be found once all are there. A second run goes on with the first. */
export async function indexDocument(
  document: Pick<DocumentRow, 'id' | 'ownerId' | 'dataset' | 'title'>,
  blocks: readonly Block[],
  tools: { chunks: ChunkRepository; embedder: TextEmbedder | null },
  signal: AbortSignal,
): Promise<void> {
  const words = new Set<string>();
  let total = 0;
  for (const batch of batches(chunksOf(blocks))) {
    signal.throwIfAborted();
    const vectors = await tools.embedder?.embed(
      batch.map((chunk) => contextOf(document.title, chunk)),
      EMBED_MS,
      signal,
    );
    const rows = batch.map((chunk, at): NewChunk => {
      const terms = searchTerms(contextOf(document.title, chunk));
      for (const word of comparableWords(terms.words)) if (words.size < MOST_WORDS) words.add(word);
      return { position: total + at, ...chunk, terms, vector: vectors?.[at] ?? null };
    });
    // Deleted meanwhile, or done by somebody else.
    if (!(await tools.chunks.add(document.id, document, rows))) return;
    total += batch.length;
    await nextTurn();
  }
  await tools.chunks.addWords(document.id, [...words]);
  await tools.chunks.finish(document.id, total);
}

/** A piece with what it stands under: "Refunds › How long" may be all that says what a paragraph is about. */
const contextOf = (title: string, { headings, text }: Chunk) => [title, ...headings, text].join('\n');

function* batches(chunks: Iterable<Chunk>): Generator<Chunk[]> {
  let batch: Chunk[] = [];
  for (const chunk of chunks) {
    batch.push(chunk);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
