import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import { ChunkRepository } from '../../src/storage/documents/chunk.repository.js';
import type { SignalRepository } from '../../src/storage/signals/signal.repository.js';
import { storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';
import { testInstance } from '../setup/test-instance.js';

let test: TestDatabase;
let signals: SignalRepository;
let chunks: ChunkRepository;
let userId: string;
let dataset: string;

beforeAll(async () => {
  test = await testDatabase();
  signals = testInstance(test);
  chunks = new ChunkRepository(test.database, signals);
  await signals.onApplicationBootstrap();
});
afterAll(async () => {
  await signals.onModuleDestroy();
});
beforeEach(async () => {
  userId = await storedUser(test.database);
  dataset = newId();
});

async function added(ownerId: string | null): Promise<string> {
  const id = newId();
  await test.dataSource.query(
    `INSERT INTO documents (id, owner_id, dataset, title, content_type, content, status, metadata, bytes)
     VALUES ($1, $2, $3, 'T', 'text/plain', '[]', 'pending', '{}', 1)`,
    [id, ownerId, dataset],
  );
  return id;
}

const scopes = () => chunks.scopes(userId, [dataset]);

describe('which datasets hold anything, as an instance remembers it', () => {
  it.each([
    ['the user’s own', () => userId],
    ['shared', () => null],
  ])('follows what others do: %s', async (_whose, owner) => {
    expect(await scopes()).toEqual([]);
    const id = await added(owner());
    // Another instance.
    const other = new ChunkRepository(test.database);
    await other.finish(id, 3);
    await expect.poll(scopes).toEqual([{ ownerId: owner(), dataset, chunks: 3 }]);
    await test.dataSource.query('DELETE FROM documents WHERE id = $1', [id]);
    await expect.poll(scopes).toEqual([]);
  });

  it('asks nobody as long as nothing changes', async () => {
    await scopes();
    const asked = vi.spyOn(test.database, 'query');
    expect(await scopes()).toEqual([]);
    expect(asked).not.toHaveBeenCalled();
    asked.mockRestore();
  });
});
