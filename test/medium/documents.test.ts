import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CozyError } from '../../src/core/errors/cozy.error.js';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { BuiltinKnowledgeEngine } from '../../src/engines/knowledge/builtin/builtin-knowledge.engine.js';
import { KnowledgeStores } from '../../src/engines/knowledge/builtin/knowledge-stores.js';
import { EngineChoice } from '../../src/engines/engine-choice.js';
import type { MemoryEngine } from '../../src/engines/memory/memory.port.js';
import type { ProfileEngine } from '../../src/engines/profile/profile.port.js';
import { PersonalEngines } from '../../src/engines/personal-engines.port.js';
import type { GuardedEngine } from '../../src/engines/resilience/resilience.port.js';
import { DocumentIndexJob } from '../../src/orchestration/knowledge/document-index.job.js';
import { ChunkRepository } from '../../src/storage/documents/chunk.repository.js';
import { DocumentRepository } from '../../src/storage/documents/document.repository.js';
import type { OutboxRow } from '../../src/storage/outbox/outbox.repository.js';
import { documentOf } from '../factories/document.js';
import { FakeAiEngine, OneEngineCatalog } from '../fakes/ai-catalog.js';
import { emptyDatabase, storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

const signal = new AbortController().signal;
const NAME = 'documents';
const OPTIONS = { embeddings: false, quota: { documents: 5, bytes: 200_000 }, mostCharacters: 100_000 };
/** Some 200 pieces, so several statements. */
const LONG = Array.from(
  { length: 200 },
  (_, at) => `# Part ${at}\n\nThe part number ${at} is about subject${at}.`,
).join('\n\n');

let test: TestDatabase;
let model: FakeAiEngine;
let engine: BuiltinKnowledgeEngine;
let userId: string;

const engineOn = (chunks: ChunkRepository, options = OPTIONS) => {
  const stores = new KnowledgeStores(new DocumentRepository(test.database), chunks);
  return new BuiltinKnowledgeEngine(stores, new OneEngineCatalog(model), new Logger('silent'), options);
};
const mine = () => ({ ownerId: userId, name: NAME });
const add = (text: string, more = {}) => engine.add(documentOf(mine(), text, more), signal);
const keep = async (text: string, more = {}) => {
  const { id } = await add(text, more);
  await engine.index(id, false, signal);
  return id;
};
const found = async (query: string, of = userId) =>
  (await engine.search(query, of, [NAME], 5, signal)).map(({ text }) => text);
const status = async (id: string) => {
  const document = await engine.find(userId, NAME, id, signal);
  return document && { status: document.status, errorCode: document.errorCode, chunks: document.chunks };
};
const count = async (table: string, id: string, column = 'document_id'): Promise<number> => {
  const [row] = (await test.dataSource.query(`SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`, [id])) as {
    n: number;
  }[];
  return row?.n ?? 0;
};
const promised = async (id: string): Promise<OutboxRow> => {
  const [row] = (await test.dataSource.query(
    `SELECT id, kind, user_id AS "userId", session_id AS "sessionId", turn_id AS "turnId", attempts FROM outbox WHERE turn_id = $1`,
    [id],
  )) as OutboxRow[];
  if (!row) throw new Error('nothing was promised');
  return row;
};

class OneEngine extends PersonalEngines {
  readonly memory = new EngineChoice<MemoryEngine>([]);
  readonly profile = new EngineChoice<ProfileEngine>([]);
  constructor(readonly knowledge: PersonalEngines['knowledge']) {
    super();
  }
}
/** The job asks the engine itself. */
const jobOf = (of = engine) =>
  new DocumentIndexJob(new OneEngine(new EngineChoice([{ engine: of, guard: {} as unknown as GuardedEngine }])));

beforeAll(async () => {
  test = await testDatabase();
});
beforeEach(async () => {
  model = new FakeAiEngine();
  engine = engineOn(new ChunkRepository(test.database));
  userId = await storedUser(test.database);
});

describe('a document that is added', () => {
  it('is kept with the work that it promises, and found once that is done', async () => {
    const { id } = await add('The warranty lasts three years.');
    expect(await status(id)).toEqual({ status: 'pending', errorCode: null, chunks: 0 });
    expect(await found('warranty')).toEqual([]);
    const row = await promised(id);
    expect(row).toMatchObject({ kind: 'document.index', userId, sessionId: null, attempts: 0 });
    expect(await jobOf().run(row)).toBe(true);
    expect(await status(id)).toEqual({ status: 'ready', errorCode: null, chunks: 1 });
    expect(await found('warranty')).toEqual(['The warranty lasts three years.']);
  });

  it('is kept once, however often it comes', async () => {
    const document = documentOf(mine(), 'The warranty lasts three years.');
    await Promise.all([engine.add(document, signal), engine.add(document, signal)]);
    expect([await count('documents', document.id, 'id'), await count('outbox', document.id, 'turn_id')]).toEqual([
      1, 1,
    ]);
  });

  it('is refused where there are too many, also of several that come at once', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 9 }, (_, at) => add(`Text ${at} of it.`)));
    const refusals = tries.flatMap((one) => (one.status === 'rejected' ? [(one.reason as CozyError).code] : []));
    expect(refusals).toEqual(Array(4).fill('RESOURCE_LIMIT_REACHED'));
    const other = await storedUser(test.database);
    expect(await engine.add(documentOf({ ownerId: other, name: NAME }, 'Text.'), signal)).toMatchObject({ chunks: 0 });
  });

  it('is refused where its text is more than there is room for', async () => {
    for (const _ of [1, 2]) await add('x '.repeat(45_000));
    await expect(add('x '.repeat(45_000))).rejects.toMatchObject({ code: 'RESOURCE_LIMIT_REACHED' });
  });

  it('is called as it was given, as it calls itself, or as it begins', async () => {
    const title = async (text: string, more: object) => (await add(text, { title: null, ...more })).title;
    expect(await title('First line\nsecond.', {})).toBe('First line');
    expect(await title('text\n\n# Manual', { contentType: 'text/markdown' })).toBe('Manual');
    expect(await title('<title>Shop</title><h1>x</h1>', { contentType: 'text/html' })).toBe('Shop');
    expect(await title('text', { title: ' Given \n one ' })).toBe('Given one');
  });
});

describe('the work of making it findable', () => {
  it('may be done twice, and by two at once', async () => {
    const { id } = await add(LONG, { contentType: 'text/markdown' });
    await Promise.all([engine.index(id, false, signal), engine.index(id, false, signal)]);
    await engine.index(id, false, signal);
    expect(await status(id)).toEqual({ status: 'ready', errorCode: null, chunks: 200 });
    expect(await count('chunks', id)).toBe(200);
  });

  it('goes on where it was broken off', async () => {
    const { id } = await add(LONG, { contentType: 'text/markdown' });
    const leaving = new AbortController();
    class Leaving extends ChunkRepository {
      override async add(...args: Parameters<ChunkRepository['add']>) {
        const more = await super.add(...args);
        leaving.abort(new Error('killed'));
        return more;
      }
    }
    await expect(engineOn(new Leaving(test.database)).index(id, false, leaving.signal)).rejects.toThrow('killed');
    const kept = await count('chunks', id);
    expect([kept > 0 && kept < 200, (await status(id))?.status, await found('subject3')]).toEqual([
      true,
      'pending',
      [],
    ]);
    await jobOf().run(await promised(id));
    expect([await count('chunks', id), (await status(id))?.status]).toEqual([200, 'ready']);
    expect(await found('subject3')).toEqual(['The part number 3 is about subject3.']);
  });

  it('has failed after the last try, with the reason, and may be done after all', async () => {
    const { id } = await add('The warranty lasts three years.');
    class Failing extends ChunkRepository {
      override add() {
        return Promise.reject(new CozyError('STORAGE_UNAVAILABLE'));
      }
    }
    const failing = jobOf(engineOn(new Failing(test.database)));
    const row = await promised(id);
    await expect(failing.run(row)).rejects.toThrow(CozyError);
    expect((await status(id))?.status).toBe('pending');
    await expect(failing.run({ ...row, attempts: 4 })).rejects.toThrow(CozyError);
    expect(await status(id)).toEqual({ status: 'failed', errorCode: 'STORAGE_UNAVAILABLE', chunks: 0 });
    await jobOf().run(row);
    expect(await status(id)).toEqual({ status: 'ready', errorCode: null, chunks: 1 });
  });

  it('has nothing to do where the document is gone, before or in the middle', async () => {
    const { id } = await add(LONG, { contentType: 'text/markdown' });
    const row = await promised(id);
    class Deleted extends ChunkRepository {
      override async add(...args: Parameters<ChunkRepository['add']>) {
        const more = await super.add(...args);
        await engine.remove(mine(), id, signal);
        return more;
      }
    }
    expect(await jobOf(engineOn(new Deleted(test.database))).run(row)).toBe(true);
    expect(await jobOf().run(row)).toBe(true);
    for (const table of ['chunks', 'document_words', 'chunk_vectors']) expect(await count(table, id)).toBe(0);
  });
});

describe('what is deleted', () => {
  it('leaves nothing: no piece, no word, no work', async () => {
    const id = await keep('The warranty lasts three years.');
    expect(await engine.remove(mine(), id, signal)).toBe(true);
    expect(await found('warranty')).toEqual([]);
    for (const table of ['chunks', 'document_words']) expect(await count(table, id)).toBe(0);
    expect(await count('outbox', id, 'turn_id')).toBe(0);
  });

  it('goes with its owner; what is shared stays when the admin goes', async () => {
    const id = await keep('The warranty lasts three years.');
    const shared = documentOf({ ownerId: null, name: `set-${newId()}` }, 'All know it.', { uploaderId: userId });
    await engine.add(shared, signal);
    await test.dataSource.query('DELETE FROM users WHERE id = $1', [userId]);
    expect([await count('documents', id, 'id'), await count('chunks', id)]).toEqual([0, 0]);
    expect(await count('documents', shared.id, 'id')).toBe(1);
  });
});

describe('a search', () => {
  it.each<[string, string]>([
    ['refunds', 'A refund is paid within 30 days.'],
    ['warranty of a batery', 'The battery has a warranty of two years.'],
    ['Batery', 'The battery has a warranty of two years.'],
    ['运费由谁承担', '退货的运费由买家承担。'],
    ['zebra refund', 'A refund is paid within 30 days.'],
  ])('%s', async (query, text) => {
    await keep(
      '# Refunds\n\nA refund is paid within 30 days.\n\n# Battery\n\nThe battery has a warranty of two years.\n\n# 退货\n\n退货的运费由买家承担。\n\n# Other\n\nNothing of this.',
      { contentType: 'text/markdown' },
    );
    expect((await found(query))[0]).toBe(text);
  });

  it('knows what a piece stands under, and tells it', async () => {
    await keep('# Returns\n\n## Shoes\n\nWithin ten days.', { contentType: 'text/markdown', title: 'Manual' });
    const [passage] = await engine.search('returning shoes', userId, [NAME], 5, signal);
    expect(passage).toMatchObject({ text: 'Within ten days.', source: 'Manual › Returns › Shoes' });
  });

  it('finds the rare beside the common, and the common alone', async () => {
    const common = Array.from({ length: 1200 }, (_, at) => `# ${at}\n\nThe order is paid, said clerk number ${at}.`);
    await keep(`${common.join('\n\n')}\n\n# z\n\nThe order is paid in Zanzibar.`, { contentType: 'text/markdown' });
    expect((await found('was the order paid in zanzibar'))[0]).toBe('The order is paid in Zanzibar.');
    expect(await found('order paid')).toHaveLength(5);
  });

  it('goes by meaning where a model makes vectors', async () => {
    model.vectorOf = (text) => [
      /dog|puppy|hound/i.test(text) ? 1 : 0.01,
      /bread|baking|loaf/i.test(text) ? 1 : 0.01,
      0.1,
    ];
    engine = engineOn(new ChunkRepository(test.database), { ...OPTIONS, embeddings: true });
    await keep('# A\n\nOur hound sleeps all day.\n\n# B\n\nThe loaf was perfect.', { contentType: 'text/markdown' });
    expect((await found('puppy'))[0]).toBe('Our hound sleeps all day.');
    expect((await found('baking'))[0]).toBe('The loaf was perfect.');
    expect(await found('puppy', await storedUser(test.database))).toEqual([]);
  });

  it('goes by words where the model is away', async () => {
    engine = engineOn(new ChunkRepository(test.database), { ...OPTIONS, embeddings: true });
    await keep('Our hound sleeps all day.');
    expect(await found('hound')).toEqual(['Our hound sleeps all day.']);
  });

  it('does without misspelt words where the database cannot compare them', async () => {
    const plain = await emptyDatabase();
    try {
      await plain.dataSource.runMigrations();
      await plain.dataSource.query('DROP EXTENSION pg_trgm CASCADE');
      const of = await storedUser(plain.database);
      const stores = new KnowledgeStores(new DocumentRepository(plain.database), new ChunkRepository(plain.database));
      const other = new BuiltinKnowledgeEngine(stores, new OneEngineCatalog(model), new Logger('silent'), OPTIONS);
      const { id } = await other.add(documentOf({ ownerId: of, name: NAME }, 'The battery is new.'), signal);
      await other.index(id, false, signal);
      expect(await other.search('baterry', of, [NAME], 5, signal)).toEqual([]);
      expect(await other.search('battery', of, [NAME], 5, signal)).toHaveLength(1);
    } finally {
      await plain.remove();
    }
  });
});
