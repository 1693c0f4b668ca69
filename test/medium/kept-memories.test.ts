import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Logger } from '../../src/core/logging/logger.js';
import { BuiltinMemoryEngine } from '../../src/engines/memory/builtin/builtin-memory.engine.js';
import { MemoryRepository } from '../../src/storage/memories/memory.repository.js';
import { firstMessageId, turnOf } from '../factories/memory-turn.js';
import { FakeAiEngine, OneEngineCatalog } from '../fakes/ai-catalog.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const signal = new AbortController().signal;

let test: TestDatabase;
let userId: string;
let engine: BuiltinMemoryEngine;

beforeAll(async () => {
  test = await testDatabase();
  const catalog = new OneEngineCatalog(new FakeAiEngine());
  engine = new BuiltinMemoryEngine(new MemoryRepository(test.database), catalog, new Logger('silent'));
});
beforeEach(async () => {
  userId = await storedUser(test.database);
});

describe('what a user keeps by hand', () => {
  it('is kept once, and no longer the turn’s alone', async () => {
    const turn = turnOf(userId, 'I adopted a greyhound in May');
    await engine.addAll([turn], signal);
    const kept = await engine.remember(userId, 'I adopted a greyhound in May.', signal);
    expect(kept.messageId).toBe(firstMessageId(turn));
    const { items } = await engine.list(userId, 5, null, signal);
    expect(items.map(({ id }) => id)).toEqual([kept.id]);
    const kinds = await test.dataSource.query('SELECT kind FROM memories WHERE user_id = $1', [userId]);
    expect(kinds).toEqual([{ kind: 'kept' }]);
  });

  it.each<[string, string]>([
    ['nothing', ' \n '],
    ['too much', 'x'.repeat(4001)],
  ])('is not %s', async (_, text) => {
    await expect(engine.remember(userId, text, signal)).rejects.toMatchObject({ code: 'ENGINE_REQUEST_REJECTED' });
  });

  it('is not listed by a cursor of one’s own making', async () => {
    await expect(engine.list(userId, 5, 'x', signal)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });
});
