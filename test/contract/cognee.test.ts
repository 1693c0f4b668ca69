import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/core/util/ids.js';
import {
  CogneeKnowledgeEngine,
  type CogneeOptions,
} from '../../src/engines/knowledge/cognee/cognee-knowledge.engine.js';
import type { Dataset, NewDocument } from '../../src/engines/knowledge/knowledge.port.js';
import { CogneeSimulator } from '../fakes/cognee-simulator.js';
import { describeServiceFaults, errorOf, newSignal } from './service-faults.contract.js';

const engines: CogneeKnowledgeEngine[] = [];

function engineOf(simulator: CogneeSimulator, more: Partial<CogneeOptions> = {}): CogneeKnowledgeEngine {
  const engine = new CogneeKnowledgeEngine({
    baseUrl: simulator.url,
    timeoutMs: 20_000,
    writeTimeoutMs: 20_000,
    ...more,
  });
  engines.push(engine);
  return engine;
}

const documentOf = (dataset: Dataset, text: string, more: Partial<NewDocument> = {}): NewDocument => ({
  id: newId(),
  dataset,
  title: 'Wächter & Käfer.md',
  contentType: 'text/markdown',
  body: Buffer.from(text),
  ...more,
});

afterAll(() => Promise.all(engines.map((engine) => engine.close())));

describe('CogneeKnowledgeEngine', () => {
  const credentials = { username: 'engine@example.com', password: 'a word' };
  let simulator: CogneeSimulator;
  let engine: CogneeKnowledgeEngine;
  const search = (query: string, userId: string, datasets: string[], topK = 5) =>
    engine.search(query, userId, datasets, topK, newSignal());

  beforeAll(async () => {
    simulator = await new CogneeSimulator(credentials).listen();
    engine = engineOf(simulator, { credentials });
  });
  afterEach(() => {
    simulator.reset();
    simulator.accessControl = true;
    simulator.withNulls = false;
  });
  afterAll(() => simulator.close());

  it.each([true, false])('finds what was added, and cites it (access control: %s)', async (accessControl) => {
    simulator.accessControl = accessControl;
    const userId = newId();
    const document = documentOf({ ownerId: userId, name: 'my garden' }, 'Roses need sun.\n\nFerns need shade.');
    const stored = await engine.add(document, newSignal());
    expect(stored).toMatchObject({ id: document.id, dataset: 'my garden', title: document.title });
    expect(simulator.requests.at(-1)?.body).toMatchObject({ run_in_background: true });
    expect(await search('what do roses need', userId, ['my garden'], 1)).toEqual([
      { text: 'Roses need sun.', source: document.title, documentId: document.id, dataset: 'my garden', score: 1 },
    ]);
  });

  it('searches a user’s own datasets and the shared ones of these names, and no other', async () => {
    const [ana, bob] = [newId(), newId()];
    const name = `notes ${newId()}`;
    await engine.add(documentOf({ ownerId: ana, name }, 'The code of Ana'), newSignal());
    await engine.add(documentOf({ ownerId: bob, name }, 'The code of Bob'), newSignal());
    await engine.add(documentOf({ ownerId: null, name }, 'The code of all'), newSignal());
    await engine.add(documentOf({ ownerId: ana, name: 'other' }, 'The code of another set'), newSignal());
    const texts = (await search('code', ana, [name])).map(({ text }) => text);
    expect(texts.toSorted()).toEqual(['The code of Ana', 'The code of all']);
  });

  it('drops what a service sends of a dataset that was not asked for', async () => {
    await search('warm up', newId(), ['x']);
    const foreign = { dataset_name: 'theirs', search_result: [{ id: '1', text: 'secret' }] };
    simulator.failOnce({ kind: 'json', body: [foreign] });
    expect(await search('anything', newId(), ['x'])).toEqual([]);
  });

  it('deletes all that is a user’s own, whatever it is called, and nothing else', async () => {
    const [ana, bob] = [newId(), newId()];
    for (const name of ['Notes of Ana!', 'garden']) {
      await engine.add(documentOf({ ownerId: ana, name }, 'The code of Ana'), newSignal());
      await engine.add(documentOf({ ownerId: bob, name }, 'The code of Bob'), newSignal());
      await engine.add(documentOf({ ownerId: null, name }, 'The code of all'), newSignal());
    }
    simulator.withNulls = true;
    await engine.removeAll(ana, newSignal());
    await engine.removeAll(ana, newSignal());
    simulator.withNulls = false;
    const texts = (await search('code', ana, ['Notes of Ana!', 'garden'])).map(({ text }) => text);
    expect(new Set(texts)).toEqual(new Set(['The code of all']));
    expect(await search('Bob', bob, ['garden'])).not.toEqual([]);
  });

  it('asks for nothing where no dataset is named, and finds nothing in one that does not exist', async () => {
    expect(await search('roses', newId(), [])).toEqual([]);
    expect(simulator.requests).toEqual([]);
    expect(await search('roses', newId(), ['nowhere'])).toEqual([]);
  });

  it('reads past missing items', async () => {
    const userId = newId();
    await engine.add(documentOf({ ownerId: userId, name: 'n' }, 'Some words'), newSignal());
    simulator.withNulls = true;
    expect(await search('words', userId, ['n'])).toEqual([]);
    simulator.accessControl = false;
    expect(await search('words', userId, ['n'])).toHaveLength(1);
  });

  it('signs in once for many, and again when the sign-in has ended', async () => {
    const fresh = engineOf(simulator, { credentials });
    const before = simulator.logins;
    const ask = () => fresh.search('roses', newId(), ['x'], 1, newSignal());
    await Promise.all([ask(), ask(), ask()]);
    expect(simulator.logins).toBe(before + 1);
    simulator.forgetSignIns();
    await Promise.all([ask(), ask()]);
    expect(simulator.logins).toBe(before + 2);
  });

  it('tells a wrong password apart, and does not try it again and again', async () => {
    const wrong = engineOf(simulator, { credentials: { ...credentials, password: 'wrong' } });
    const error = await errorOf(wrong.search('roses', newId(), ['x'], 1, newSignal()));
    expect(error.code).toBe('ENGINE_AUTH_FAILED');
    await errorOf(wrong.search('ferns', newId(), ['x'], 1, newSignal()));
    expect(await wrong.health(newSignal())).toMatchObject({ status: 'down' });
    expect(simulator.requests).toHaveLength(1);
  });

  it('a caller who leaves does not spoil the sign-in of others', async () => {
    const fresh = engineOf(simulator, { credentials });
    const caller = new AbortController();
    const arrived = simulator.nextRequest();
    const leaving = errorOf(fresh.search('roses', newId(), ['x'], 1, caller.signal));
    const staying = fresh.search('roses', newId(), ['x'], 1, newSignal());
    await arrived;
    caller.abort(new Error('left'));
    expect((await leaving).message).toBe('left');
    expect(await staying).toEqual([]);
  });

  it('takes a conflict for what it is: a failure of the service', async () => {
    simulator.fail({ kind: 'status', status: 409 });
    expect((await errorOf(search('roses', newId(), ['x']))).code).toBe('ENGINE_UNAVAILABLE');
  });

  it('says what it cannot do', async () => {
    expect((await errorOf(engine.list())).code).toBe('ENGINE_UNSUPPORTED');
    expect((await errorOf(engine.remove())).code).toBe('ENGINE_UNSUPPORTED');
  });
});

describeServiceFaults('Cognee', async () => {
  const apiToken = 'cognee-token';
  const simulator = await new CogneeSimulator({ token: apiToken }).listen();
  const read = (timeoutMs: number, signal: AbortSignal) =>
    engineOf(simulator, { timeoutMs, apiToken }).search('hello', 'u', ['x'], 3, signal);
  const health = (signal: AbortSignal) => engineOf(simulator, { apiToken }).health(signal);
  return { simulator, read, health, dispose: () => simulator.close() };
});
