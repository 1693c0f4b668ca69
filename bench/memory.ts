import { saveResult, store } from './result.js';
import { Logger } from '../src/core/logging/logger.js';
import { newId } from '../src/core/util/ids.js';
import { DemoEngine } from '../src/engines/ai/demo.engine.js';
import { BuiltinMemoryEngine } from '../src/engines/memory/builtin/builtin-memory.engine.js';
import { outlineOf } from '../src/engines/memory/builtin/recall/recall-outline.js';
import { textHash } from '../src/engines/memory/builtin/same-text.js';
import { MemoryRepository, type NewMemory } from '../src/storage/memories/memory.repository.js';
import { FakeAiEngine, OneEngineCatalog } from '../test/fakes/ai-catalog.js';
import { emptyDatabase, storedUser } from '../test/setup/test-database.js';
import { percentile } from './load.js';

// What a search costs for a user with 1,000 of 110,000 memories, by words alone and with vectors of 1,536 numbers, and for
// one with 10,000; and what it costs where this process does not know yet what to compare ("first").
// `TEST_DATABASE_URL` (and `TEST_LANE=services`, as the script sets it) measures on a real Postgres.

/** How many of those who are searched among; 100 are 100,000 memories. */
const USERS = Number(process.env['USERS'] ?? 100);
const EACH = 1000;
const PER_TURN = 50;
/** One user more has told so much. */
const MUCH = 10_000;
/** Those who have vectors: as many as fit a small disk. */
const WITH_VECTORS = 10;
const DIMENSIONS = 1536;
const SEARCHES = 400;
/** Each user has searched once before. */
const WARM_UP = USERS;
const TOP_K = 8;

/** Repeatable, so that two runs measure the same. */
let seed = 7;
function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

/** A few words are in nearly every sentence, most in hardly any, as in speech. */
const rankOfWord = (words: number) => Math.min(words - 1, Math.floor(words * random() ** 3));
const COMMON = 'my dog walk tea work sister house garden friend morning'.split(' ');
const english = () =>
  Array.from({ length: 12 }, () => {
    const rank = rankOfWord(4000);
    return COMMON[rank] ?? `word${rank.toString(36)}`;
  }).join(' ');
const chinese = () => Array.from({ length: 20 }, () => String.fromCodePoint(0x4e_00 + rankOfWord(3000))).join('');
const sentence = () => (random() < 0.8 ? english() : chinese());
const vector = () => {
  const values = Array.from({ length: DIMENSIONS }, () => random() - 0.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
};

function memory(userId: string, turnId: string, withVector: boolean): NewMemory {
  const text = sentence();
  return {
    id: newId(),
    userId,
    sessionId: newId(),
    messageId: newId(),
    turnId,
    kind: 'said',
    text,
    hash: textHash(text),
    outline: outlineOf(text),
    vector: withVector ? { model: 'fake/fake-embedding', values: vector() } : null,
    createdAt: new Date(Date.now() - random() * 300 * 86_400_000),
  };
}

async function measure(search: (query: string, round: number) => Promise<number>) {
  const times: number[] = [];
  let found = 0;
  let usedBefore = process.cpuUsage();
  for (let round = -WARM_UP; round < SEARCHES; round += 1) {
    if (round === 0) usedBefore = process.cpuUsage();
    const query = sentence().slice(0, 60);
    const startedAt = performance.now();
    const hits = await search(query, round + WARM_UP);
    if (round < 0) continue;
    times.push(performance.now() - startedAt);
    found += hits;
  }
  const rounded = (share: number) => Math.round(percentile(times, share) * 100) / 100;
  const used = process.cpuUsage(usedBefore);
  /** Of this process: it tells more than the clock where the machine is busy. */
  const cpuMean = Math.round((used.user + used.system) / 10 / SEARCHES) / 100;
  return {
    ms_p50: rounded(0.5),
    ms_p95: rounded(0.95),
    cpu_ms_mean: cpuMean,
    found_mean: Math.round((found / SEARCHES) * 10) / 10,
  };
}

const test = await emptyDatabase();
try {
  await test.dataSource.runMigrations();
  const repository = new MemoryRepository(test.database);
  const users: string[] = [];
  for (let at = 0; at < USERS; at += 1) users.push(await storedUser(test.database));
  const fillStartedAt = performance.now();
  // Users take turns, so that one's rows lie among the others', as they would.
  for (let round = 0; round < EACH / PER_TURN; round += 1) {
    for (const [at, userId] of users.entries()) {
      const turnId = newId();
      const memories = Array.from({ length: PER_TURN }, () => memory(userId, turnId, at < WITH_VECTORS));
      await repository.addTurns([{ userId, turnId }], memories);
    }
  }
  const talker = await storedUser(test.database);
  for (let at = 0; at < MUCH; at += PER_TURN) {
    const turnId = newId();
    const memories = Array.from({ length: PER_TURN }, () => memory(talker, turnId, false));
    await repository.addTurns([{ userId: talker, turnId }], memories);
  }
  const filledMs = performance.now() - fillStartedAt;
  await test.dataSource.query('ANALYZE memories');
  const ai = new FakeAiEngine();
  ai.vectorOf = vector;
  const silent = new Logger('silent');
  const byWords = new BuiltinMemoryEngine(
    repository,
    new OneEngineCatalog(new DemoEngine({ tokenDelayMs: 0 })),
    silent,
  );
  const byBoth = new BuiltinMemoryEngine(repository, new OneEngineCatalog(ai), silent);
  const searchOf = (engine: BuiltinMemoryEngine, among: string[]) => async (query: string, round: number) => {
    const scope = { userId: among[round % among.length] ?? '', sessionId: null };
    return (await engine.search(query, scope, TOP_K, new AbortController().signal)).length;
  };
  /** Nothing is known in a new repository but the dictionary, which is the process's. */
  const firstOf = (among: string[]) => (query: string, round: number) =>
    searchOf(
      new BuiltinMemoryEngine(
        new MemoryRepository(test.database),
        new OneEngineCatalog(new DemoEngine({ tokenDelayMs: 0 })),
        silent,
      ),
      among,
    )(query, round);
  await saveResult(`memory-${store}`, 'memory', {
    memories: USERS * EACH + MUCH,
    of_the_user: EACH,
    fill_per_second: Math.round(((USERS * EACH + MUCH) * 1000) / filledMs),
    by_words: await measure(searchOf(byWords, users)),
    by_words_first: await measure(firstOf(users)),
    by_words_of_10000: await measure(searchOf(byWords, [talker])),
    by_words_of_10000_first: await measure(firstOf([talker])),
    by_words_and_vectors: {
      dimensions: DIMENSIONS,
      ...(await measure(searchOf(byBoth, users.slice(0, WITH_VECTORS)))),
    },
  });
} finally {
  await test.remove();
}
