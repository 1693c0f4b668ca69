import { Logger } from '../../src/core/logging/logger.js';
import { DemoEngine } from '../../src/engines/ai/demo.engine.js';
import { BuiltinMemoryEngine } from '../../src/engines/memory/builtin/builtin-memory.engine.js';
import { MemoryRepository } from '../../src/storage/memories/memory.repository.js';
import { OneEngineCatalog } from '../fakes/ai-catalog.js';
import { storedUser, testDatabase } from '../setup/test-database.js';
import { describeMemoryContract } from './memory.contract.js';

describeMemoryContract('BuiltinMemoryEngine', async () => {
  const { database } = await testDatabase();
  const ai = new OneEngineCatalog(new DemoEngine({ tokenDelayMs: 0 }));
  const another = async () => new BuiltinMemoryEngine(new MemoryRepository(database), ai, new Logger('silent'));
  const engine = await another();
  return {
    engine,
    newUser: () => storedUser(database),
    idempotent: true,
    provenance: true,
    forgetsTheUnlearned: true,
    another,
    dispose: () => engine.close(),
  };
});
