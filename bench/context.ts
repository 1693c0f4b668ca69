import { saveResult, store } from './result.js';
import { Counter, Registry } from 'prom-client';
import { ContextService } from '../src/context/context.service.js';
import { NO_PAST } from '../src/context/past.js';
import { PersonalizationService, type PersonalRequest } from '../src/context/personalization.service.js';
import { ContextSection } from '../src/core/config/sections/context.section.js';
import { EngineChoice } from '../src/engines/engine-choice.js';
import { PersonalEngines } from '../src/engines/personal-engines.port.js';
import { Personality } from '../src/core/domain/personality.js';
import type { ChatMessage } from '../src/core/domain/chat.js';
import { Logger } from '../src/core/logging/logger.js';
import { ContextMetrics } from '../src/core/metrics/context-metrics.js';
import { newId } from '../src/core/util/ids.js';
import { warmTokenizer } from '../src/core/util/token-estimate.js';
import { DemoEngine } from '../src/engines/ai/demo.engine.js';
import { CogneeKnowledgeEngine } from '../src/engines/knowledge/cognee/cognee-knowledge.engine.js';
import { BuiltinMemoryEngine } from '../src/engines/memory/builtin/builtin-memory.engine.js';
import { Mem0MemoryEngine } from '../src/engines/memory/mem0/mem0-memory.engine.js';
import { BuiltinProfileEngine } from '../src/engines/profile/builtin/builtin-profile.engine.js';
import { MemobaseProfileEngine } from '../src/engines/profile/memobase/memobase-profile.engine.js';
import { EngineCache } from '../src/engines/resilience/engine-cache.js';
import { ResilientCall } from '../src/engines/resilience/resilient-call.js';
import type { EngineKind } from '../src/engines/resilience/resilience.port.js';
import { CacheRepository } from '../src/storage/cache/cache.repository.js';
import { MemoryRepository } from '../src/storage/memories/memory.repository.js';
import { ProfileFactRepository } from '../src/storage/profile-facts/profile-fact.repository.js';
import { RedisConnection } from '../src/storage/redis/redis.connection.js';
import { turnOf } from '../test/factories/memory-turn.js';
import { CogneeSimulator } from '../test/fakes/cognee-simulator.js';
import { Mem0Simulator } from '../test/fakes/mem0-simulator.js';
import { MemobaseSimulator } from '../test/fakes/memobase-simulator.js';
import { OneEngineCatalog } from '../test/fakes/ai-catalog.js';
import { guardTools } from '../test/setup/guards.js';
import { emptyDatabase, storedUser } from '../test/setup/test-database.js';
import { percentile } from './load.js';

// What personal turns cost: three slow engines together (about the slowest, not the sum), and the built-in ones with the
// messages of a long session. `TEST_LANE=services` with `TEST_DATABASE_URL` measures on a real Postgres.

const SLOW_MS = { memory: 100, profile: 150, knowledge: 200 };
const ROUNDS = 40;
const TURNS = 300;
const WARM_UP = 30;
const MESSAGES = 60;
const MESSAGE_CHARACTERS = 500;
const TOLD = 200;
const SIGNAL = new AbortController().signal;

class Engines extends PersonalEngines {
  constructor(
    readonly memory: PersonalEngines['memory'],
    readonly profile: PersonalEngines['profile'],
    readonly knowledge: PersonalEngines['knowledge'],
  ) {
    super();
  }
}

const rounded = (value: number) => Math.round(value * 100) / 100;
const spread = (times: number[]) => ({
  ms_p50: rounded(percentile(times, 0.5)),
  ms_p95: rounded(percentile(times, 0.95)),
});

async function timed(count: number, work: (round: number) => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const startedAt = performance.now();
    await work(round);
    times.push(performance.now() - startedAt);
  }
  return times;
}

const personality = Object.assign(new Personality(), { id: 'p', name: 'P', system_prompt: 'You are kind.' });
personality.knowledge.datasets = ['docs'];

const request = (userId: string, text: string): PersonalRequest => ({
  userId,
  sessionId: null,
  personality,
  text,
  wanted: true,
});

const test = await emptyDatabase();
await test.dataSource.runMigrations();
const logger = new Logger('silent');
const tools = guardTools(
  new EngineCache(new CacheRepository(new RedisConnection(null), test.database, logger), logger),
);

function guarded<Engine extends { provider: string; isRemote: boolean }>(
  kind: EngineKind,
  engine: Engine,
): EngineChoice<Engine> {
  const { provider, isRemote } = engine;
  const limits = { configVersion: '1', timeoutMs: 5000, changeTimeoutMs: 5000 };
  return new EngineChoice([{ engine, guard: new ResilientCall({ kind, provider, isRemote, ...limits }, tools) }]);
}

async function threeSlowEngines() {
  const mem0 = await new Mem0Simulator().listen();
  const memobase = await new MemobaseSimulator().listen();
  const cognee = await new CogneeSimulator().listen();
  Object.assign(mem0, { answerMs: SLOW_MS.memory });
  Object.assign(memobase, { answerMs: SLOW_MS.profile });
  Object.assign(cognee, { answerMs: SLOW_MS.knowledge });
  const options = { timeoutMs: 5000, writeTimeoutMs: 5000 };
  const memory = new Mem0MemoryEngine({
    baseUrl: mem0.url,
    apiKey: undefined,
    hosted: false,
    idKey: 'bench',
    ...options,
  });
  const profile = new MemobaseProfileEngine({ baseUrl: memobase.url, apiKey: 'memobase-key', ...options });
  const knowledge = new CogneeKnowledgeEngine({ baseUrl: cognee.url, ...options });
  const service = new PersonalizationService(
    new Engines(guarded('memory', memory), guarded('profile', profile), guarded('knowledge', knowledge)),
  );
  // Somebody else each time: nothing is cached.
  const ask = (round: number) => service.gather(request(newId(), `What do you know of ${round} and me?`), SIGNAL);
  await timed(5, ask);
  const times = await timed(ROUNDS, ask);
  await Promise.all([memory, profile, knowledge, mem0, memobase, cognee].map((part) => part.close()));
  const slowest = Math.max(...Object.values(SLOW_MS));
  const sum = Object.values(SLOW_MS).reduce((total, ms) => total + ms, 0);
  const p50 = percentile(times, 0.5);
  return {
    engines_ms: SLOW_MS,
    ...spread(times),
    ratio_to_slowest: rounded(p50 / slowest),
    ratio_to_sum: rounded(p50 / sum),
  };
}

const counter = (name: string, labelNames: string[] = []) =>
  new Counter({ name, help: name, labelNames, registers: [new Registry()] });

const contextService = () =>
  new ContextService(
    new ContextSection(),
    new ContextMetrics(counter('a', ['part']), counter('b', ['part']), counter('c'), counter('d', ['made_by'])),
  );

const question = (round: number) => `What did I tell you of my dog and the river, number ${round}?`;

const words = 'my dog walk tea work sister house garden friend morning river heron'.split(' ');
const sentence = (seed: number, length: number) => {
  let text = `I tell you number ${seed}:`;
  for (let at = 0; text.length < length; at += 1) text += ` ${words[(seed * 7 + at * 5) % words.length]}`;
  return text;
};

async function builtinEngines() {
  const userId = await storedUser(test.database);
  const ai = new OneEngineCatalog(new DemoEngine());
  const memory = new BuiltinMemoryEngine(new MemoryRepository(test.database), ai, logger);
  const profile = new BuiltinProfileEngine(new ProfileFactRepository(test.database), ai);
  for (let at = 0; at < TOLD; at += 20) {
    const said = Array.from({ length: 20 }, (_, one) => sentence(at + one, 80));
    await memory.addAll([turnOf(userId, said)], SIGNAL);
  }
  await profile.updateAll([turnOf(userId, ['My name is Ana.', 'I live in Porto.', 'I like tea.'])], SIGNAL);
  await test.dataSource.query('ANALYZE memories');
  const service = new PersonalizationService(
    new Engines(guarded('memory', memory), guarded('profile', profile), new EngineChoice([])),
  );
  const context = contextService();
  const history: ChatMessage[] = Array.from({ length: MESSAGES }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: sentence(1000 + at, MESSAGE_CHARACTERS),
  }));
  const assemble = (contextWindow: number, personal: Awaited<ReturnType<typeof service.gather>>, text: string) => {
    // As from the database: new objects and new strings each time.
    const entries = history.map((message, at) => ({ seq: at + 1, messages: [structuredClone(message)] }));
    return context.assemble({
      personality,
      clientSystem: [],
      personal,
      past: { ...NO_PAST, entries },
      added: [{ role: 'user', content: text }],
      tools: [],
      model: 'gpt-4o',
      contextWindow,
      answerTokens: undefined,
    });
  };
  const gather = (round: number) => service.gather(request(userId, question(round)), SIGNAL);
  warmTokenizer();
  const whole = async (round: number) => assemble(128_000, await gather(round), question(round));
  await timed(WARM_UP, whole);
  const found = await gather(0);
  return {
    memories_of_the_user: TOLD,
    found: found.retrieved.memories.length,
    messages: MESSAGES,
    gather: spread(await timed(TURNS, gather)),
    gather_and_assemble: spread(await timed(TURNS, whole)),
    assemble_where_all_fits: spread(await timed(TURNS, (round) => assemble(128_000, found, question(round)))),
    assemble_where_messages_are_dropped: spread(await timed(TURNS, (round) => assemble(8192, found, question(round)))),
  };
}

try {
  await saveResult(`context-${store}`, 'context', {
    three_slow_engines: await threeSlowEngines(),
    builtin_engines: await builtinEngines(),
  });
} finally {
  await test.remove();
}
