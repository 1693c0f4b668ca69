import { DemoEngine } from '../../src/engines/ai/demo.engine.js';
import { BuiltinProfileEngine } from '../../src/engines/profile/builtin/builtin-profile.engine.js';
import { ProfileFactRepository } from '../../src/storage/profile-facts/profile-fact.repository.js';
import { OneEngineCatalog } from '../fakes/ai-catalog.js';
import { storedUser, testDatabase } from '../setup/test-database.js';
import { describeProfileContract } from './profile.contract.js';

describeProfileContract('BuiltinProfileEngine', async () => {
  const { database } = await testDatabase();
  const ai = new OneEngineCatalog(new DemoEngine({ tokenDelayMs: 0 }));
  const another = async () => new BuiltinProfileEngine(new ProfileFactRepository(database), ai);
  const engine = await another();
  return {
    engine,
    newUser: () => storedUser(database),
    learns: true,
    idempotent: true,
    provenance: true,
    forgetsTheUnlearned: true,
    another,
    dispose: () => engine.close(),
  };
});
