import { Logger } from '../../src/core/logging/logger.js';
import type { KnowledgeEngine } from '../../src/engines/knowledge/knowledge.port.js';
import type { MemoryEngine } from '../../src/engines/memory/memory.port.js';
import { type Guarded, PersonalEngines } from '../../src/engines/personal-engines.port.js';
import type { ProfileEngine } from '../../src/engines/profile/profile.port.js';
import { EngineCache } from '../../src/engines/resilience/engine-cache.js';
import { ResilientCall } from '../../src/engines/resilience/resilient-call.js';
import type { EngineKind } from '../../src/engines/resilience/resilience.port.js';
import { CacheRepository } from '../../src/storage/cache/cache.repository.js';
import type { Database } from '../../src/storage/database/database.js';
import { RedisConnection } from '../../src/storage/redis/redis.connection.js';
import { guardTools } from './guards.js';

interface Engines {
  memory?: MemoryEngine;
  profile?: ProfileEngine;
  knowledge?: KnowledgeEngine;
}

/** These engines under their guards, as a process has them. */
export function personalEngines(database: Database, engines: Engines): PersonalEngines {
  const silent = new Logger('silent');
  const cache = new EngineCache(new CacheRepository(new RedisConnection(null), database, silent), silent);
  const guarded = <Engine extends { provider: string; isRemote: boolean }>(
    kind: EngineKind,
    engine: Engine | undefined,
  ): Guarded<Engine> | null => {
    if (engine === undefined) return null;
    const { provider, isRemote } = engine;
    const target = { kind, provider, isRemote, configVersion: '1', timeoutMs: 20_000, changeTimeoutMs: 20_000 };
    return { engine, guard: new ResilientCall(target, guardTools(cache)) };
  };
  return new (class extends PersonalEngines {
    readonly memory = guarded('memory', engines.memory);
    readonly profile = guarded('profile', engines.profile);
    readonly knowledge = guarded('knowledge', engines.knowledge);
  })();
}
