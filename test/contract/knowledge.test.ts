import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { DemoEngine } from '../../src/engines/ai/demo.engine.js';
import { BuiltinKnowledgeEngine } from '../../src/engines/knowledge/builtin/builtin-knowledge.engine.js';
import { KnowledgeStores } from '../../src/engines/knowledge/builtin/knowledge-stores.js';
import { CogneeKnowledgeEngine } from '../../src/engines/knowledge/cognee/cognee-knowledge.engine.js';
import { ChunkRepository } from '../../src/storage/documents/chunk.repository.js';
import { DocumentRepository } from '../../src/storage/documents/document.repository.js';
import { OneEngineCatalog } from '../fakes/ai-catalog.js';
import { CogneeSimulator } from '../fakes/cognee-simulator.js';
import { storedUser, testDatabase } from '../setup/test-database.js';
import { describeKnowledgeContract } from './knowledge.contract.js';

describeKnowledgeContract('BuiltinKnowledgeEngine', async () => {
  const { database } = await testDatabase();
  const stores = new KnowledgeStores(new DocumentRepository(database), new ChunkRepository(database));
  const ai = new OneEngineCatalog(new DemoEngine({ tokenDelayMs: 0 }));
  const options = { embeddings: false, quota: { documents: 100, bytes: 1_000_000 }, mostCharacters: 100_000 };
  const another = async () => new BuiltinKnowledgeEngine(stores, ai, new Logger('silent'), options);
  const engine = await another();
  return { engine, newUser: () => storedUser(database), manages: true, another, dispose: () => engine.close() };
});

describeKnowledgeContract('CogneeKnowledgeEngine', async () => {
  const apiToken = 'cognee-token';
  const simulator = await new CogneeSimulator({ token: apiToken }).listen();
  const another = async () =>
    new CogneeKnowledgeEngine({ baseUrl: simulator.url, apiToken, timeoutMs: 20_000, writeTimeoutMs: 20_000 });
  const engine = await another();
  const dispose = async () => {
    await engine.close();
    await simulator.close();
  };
  return { engine, newUser: async () => newId(), manages: false, another, dispose };
});
