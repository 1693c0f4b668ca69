import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { CogneeSimulator } from '../fakes/cognee-simulator.js';
import { startProviderSimulator } from '../fakes/provider-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { addFile, readyDocument } from '../setup/documents.js';
import { expectRefusal } from '../setup/refusal.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import { startTestServer, type TestServer, testServer, testStores } from '../setup/test-server.js';

const ROUTE = '/v1/knowledge/documents/documents';

describe('a newcomer’s server', () => {
  it('answers from the documents that were added, and names them', async () => {
    const { url } = await testServer();
    const account = await newAccount(url);
    const text = '# Returns\n\nShoes may be returned within ten days. Keep the box.';
    const { body } = await addFile(url, account, ROUTE, { content: text, name: 'Handbook.md' });
    await readyDocument(account, 'documents', body.id);
    const id = await newSession(account);
    await chat(account, id, [user('Hello!')]);
    const answer = await chat(account, id, [user('How long do we take returned shoes?')]);
    const { choices, metadata } = answer.body;
    expect(choices[0].message.content).toContain(
      '"Shoes may be returned within ten days." (source: Handbook › Returns)',
    );
    expect(metadata.engines.knowledge).toMatchObject({ status: 'ok', reason: null });
    expect(metadata.degraded).toBe(false);
  });
});

describe('where Cognee keeps the documents', () => {
  const simulator = new CogneeSimulator({ token: 'cognee-token' });
  let server: TestServer;
  let account: Account;

  beforeAll(async () => {
    await simulator.listen();
    server = await startTestServer({ env: { COGNEE_API_URL: simulator.url, COGNEE_API_TOKEN: 'cognee-token' } });
    account = await newAccount(server.url);
  });
  afterAll(async () => {
    await server.stop();
    await simulator.close();
  });

  it('they are added to it, and found by it', async () => {
    const added = await account.call('POST', ROUTE, { title: 'Terms', text: 'The warranty lasts three years.' });
    expect([added.status, added.body]).toMatchObject([
      201,
      { title: 'Terms', status: 'pending', dataset: 'documents' },
    ]);
    const { body } = await account.call('POST', '/v1/knowledge/documents/search', { query: 'warranty' });
    expect(body.items).toMatchObject([{ source: 'Terms', document_id: added.body.id }]);
  });

  it('what was added before that is still the user’s, to see and to delete', { timeout: 90_000 }, async () => {
    const stores = await testStores();
    const first = await startTestServer({ from: stores });
    const early = await newAccount(first.url);
    const { id } = (await early.call('POST', ROUTE, { text: 'The warranty lasts two years.' })).body;
    await first.stop();
    const env = { COGNEE_API_URL: simulator.url, COGNEE_API_TOKEN: 'cognee-token' };
    const second = await startTestServer({ from: stores, env });
    const later = async (method: string) =>
      (await call(second.url, method, `${ROUTE}/${id}`, { token: early.token })).status;
    expect([await later('GET'), await later('DELETE')]).toEqual([200, 200]);
    await second.stop();
    await stores.remove();
  });

  it('what it has no call for is said so, and what is no document does not reach it', async () => {
    const id = crypto.randomUUID();
    for (const [method, route] of [
      ['GET', '/v1/knowledge'],
      ['GET', ROUTE],
      ['GET', `${ROUTE}/${id}`],
      ['DELETE', `${ROUTE}/${id}`],
    ] as const) {
      expectRefusal(await account.call(method, route), 501, 'ENGINE_UNSUPPORTED');
    }
    const before = simulator.requests.length;
    const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]);
    expectRefusal(
      await addFile(server.url, account, ROUTE, { content: picture, name: 'a.png' }),
      400,
      'VALIDATION_DOCUMENT',
    );
    expect(simulator.requests).toHaveLength(before);
  });
});

describe('kill -9 after documents were added', { timeout: 120_000 }, () => {
  it('loses none of them: they are found after the restart', async () => {
    const provider = await startProviderSimulator();
    const stores = await testStores();
    const start = () => startSimulatedServer(provider, { from: stores, env: { ROLE: 'all' } });
    let server = await start();
    try {
      const before = await newAccount(server.url);
      const ids: string[] = [];
      for (const number of ['one', 'two', 'three']) {
        ids.push((await before.call('POST', ROUTE, { text: `The story number ${number}.` })).body.id);
      }
      await server.stop('SIGKILL');
      server = await start();
      const { url } = server;
      const statuses = async () =>
        (await call(url, 'GET', ROUTE, { token: before.token })).body.items.map(
          ({ id, status }: { id: string; status: string }) => [id, status],
        );
      const ready = ids.map((id) => [id, 'ready']).toReversed();
      await expect.poll(statuses, { timeout: 90_000, interval: 200 }).toEqual(ready);
    } finally {
      await server.stop();
      await stores.remove();
      await provider.close();
    }
  });
});
