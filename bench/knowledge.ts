import { isFull, saveResult, store } from './result.js';
import { Logger } from '../src/core/logging/logger.js';
import { newId } from '../src/core/util/ids.js';
import { searchTerms } from '../src/core/util/search-terms.js';
import { BuiltinKnowledgeEngine } from '../src/engines/knowledge/builtin/builtin-knowledge.engine.js';
import { KnowledgeStores } from '../src/engines/knowledge/builtin/knowledge-stores.js';
import { ChunkRepository, type NewChunk } from '../src/storage/documents/chunk.repository.js';
import { DocumentRepository } from '../src/storage/documents/document.repository.js';
import { FakeAiEngine, OneEngineCatalog } from '../test/fakes/ai-catalog.js';
import { emptyDatabase, storedUser } from '../test/setup/test-database.js';
import { percentile } from './load.js';

// What a search costs in one dataset of 20,000 pieces (100,000 in full), and for somebody with 100 pieces beside it. `VECTORS=1` gives
// the pieces vectors of 256 numbers, too. `TEST_DATABASE_URL` (and `TEST_LANE=services`) measures on a real Postgres.

const PIECES = Number(process.env['PIECES'] ?? (isFull ? 100_000 : 20_000));
const PER_DOCUMENT = 200;
const SMALL = 100;
const DIMENSIONS = 256;
const WITH_VECTORS = process.env['VECTORS'] === '1';
const SEARCHES = 300;
const WARM_UP = 30;
const TOP_K = 5;
const NAME = 'documents';

/** Repeatable, so that two runs measure the same. */
let seed = 11;
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

/** A few words are in nearly every piece, most in hardly any, as in texts. */
const rank = (words: number) => Math.min(words - 1, Math.floor(words * random() ** 3));
const english = (words: number) => Array.from({ length: words }, () => `word${rank(20_000).toString(36)}`).join(' ');
const chinese = (letters: number) =>
  Array.from({ length: letters }, () => String.fromCodePoint(0x4e_00 + rank(4000))).join('');
const textOf = (english_: number, chinese_: number) => (random() < 0.8 ? english(english_) : chinese(chinese_));
const vector = () => {
  const values = Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};

function piece(position: number): NewChunk {
  const text = textOf(190, 260);
  const made = WITH_VECTORS ? { model: 'fake/fake-embedding', values: vector() } : null;
  return { position, headings: ['Chapter'], page: null, text, terms: searchTerms(text), vector: made };
}

async function measure(search: (query: string) => Promise<number>, query: () => string) {
  const times: number[] = [];
  let found = 0;
  for (let round = -WARM_UP; round < SEARCHES; round += 1) {
    const asked = query();
    const startedAt = performance.now();
    const hits = await search(asked);
    if (round < 0) continue;
    times.push(performance.now() - startedAt);
    found += hits;
  }
  const rounded = (share: number) => Math.round(percentile(times, share) * 100) / 100;
  return { ms_p50: rounded(0.5), ms_p95: rounded(0.95), found_mean: Math.round((found / SEARCHES) * 10) / 10 };
}

const test = await emptyDatabase();
try {
  await test.dataSource.runMigrations();
  const documents = new DocumentRepository(test.database);
  const chunks = new ChunkRepository(test.database);
  const quota = { documents: 1_000_000, bytes: 1e12 };
  const fill = async (ownerId: string, pieces: number) => {
    for (let from = 0; from < pieces; from += PER_DOCUMENT) {
      const id = newId();
      const row = {
        id,
        ownerId,
        uploaderId: ownerId,
        dataset: NAME,
        title: 'Book',
        contentType: 'text/plain' as const,
      };
      await documents.add({ ...row, metadata: {}, content: [], bytes: 1 }, quota);
      const size = Math.min(PER_DOCUMENT, pieces - from);
      for (let at = 0; at < size; at += 50) {
        const batch = Array.from({ length: Math.min(50, size - at) }, (_, next) => piece(at + next));
        await chunks.add(id, { ownerId, dataset: NAME }, batch);
      }
      await chunks.finish(id, size);
    }
  };
  const [large, small] = [await storedUser(test.database), await storedUser(test.database)];
  const fillStartedAt = performance.now();
  await fill(large, PIECES);
  const filledMs = performance.now() - fillStartedAt;
  await fill(small, SMALL);
  for (const table of ['documents', 'chunks', 'chunk_vectors']) await test.dataSource.query(`ANALYZE ${table}`);
  const ai = new FakeAiEngine();
  ai.vectorOf = vector;
  const engine = new BuiltinKnowledgeEngine(
    new KnowledgeStores(documents, chunks),
    new OneEngineCatalog(ai),
    new Logger('silent'),
    { embeddings: WITH_VECTORS, quota, mostCharacters: 1e6 },
  );
  const searchOf = (userId: string) => async (query: string) =>
    (await engine.search(query, userId, [NAME], TOP_K, new AbortController().signal)).length;
  const question = () => textOf(6, 12);
  const common = () => Array.from({ length: 6 }, () => `word${Math.floor(random() * 8).toString(36)}`).join(' ');
  await saveResult(`knowledge-${store}${WITH_VECTORS ? '-vectors' : ''}`, 'knowledge', {
    vectors: WITH_VECTORS ? DIMENSIONS : null,
    pieces: PIECES,
    fill_per_second: Math.round((PIECES * 1000) / filledMs),
    questions: await measure(searchOf(large), question),
    common_words_only: await measure(searchOf(large), common),
    beside_it_with_100_pieces: await measure(searchOf(small), question),
  });
} finally {
  await test.remove();
}
