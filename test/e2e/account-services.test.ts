import { afterAll, beforeAll, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { startSimulatedServer } from '../setup/simulated-server.js';
import type { TestServer } from '../setup/test-server.js';
import { Mem0Simulator } from '../fakes/mem0-simulator.js';
import { MemobaseSimulator } from '../fakes/memobase-simulator.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';

const SOON = { timeout: 20_000, interval: 100 };
let provider: ProviderSimulator;
let mem0: Mem0Simulator;
let memobase: MemobaseSimulator;
let server: TestServer;

beforeAll(async () => {
  provider = await startProviderSimulator();
  mem0 = await new Mem0Simulator().listen();
  memobase = await new MemobaseSimulator().listen();
  server = await startSimulatedServer(provider, {
    env: {
      ROLE: 'all',
      MEM0_API_URL: mem0.url,
      MEMOBASE_PROJECT_URL: memobase.url,
      MEMOBASE_API_KEY: 'memobase-key',
    },
  });
});
afterAll(async () => {
  await server.stop();
  await Promise.all([mem0.close(), memobase.close(), provider.close()]);
});

const remembered = ({ id }: Account) =>
  mem0.stored.filter(({ user_id: owner }) => owner === id).map(({ memory }) => memory);
const say = async (account: Account, text: string): Promise<string> => {
  const session = await newSession(account);
  await chat(account, session, [user(text)]);
  await expect.poll(() => remembered(account), SOON).toContain(text);
  return session;
};

it('what services remember is listed, exported, forgotten by the session, and deleted with the account', async () => {
  const [account, other] = [await newAccount(server.url), await newAccount(server.url)];
  const boat = await say(account, 'My boat is called Gannet.');
  await say(account, 'My bike is called Swift.');
  await say(other, 'My boat is called Heron.');
  const listed = (await account.call('GET', '/v1/memories')).body.items as { text: string }[];
  expect(listed.map(({ text }) => text).toSorted()).toEqual(['My bike is called Swift.', 'My boat is called Gannet.']);

  const exported = () => account.call('GET', '/v1/users/me/export');
  await expect.poll(async () => (await exported()).status, SOON).toBe(200);
  expect((await exported()).body.service_memories).toHaveLength(2);

  const { body } = await account.call('DELETE', `/v1/sessions/${boat}?forget=true`);
  expect(body.forgotten).toEqual({ memory: 'done', profile: 'unsupported' });
  expect(remembered(account)).toEqual(['My bike is called Swift.']);

  expect(memobase.people.size).toBe(2);
  expect((await account.call('DELETE', '/v1/users/me', { password: account.password })).status).toBe(202);
  await expect.poll(() => [remembered(account), memobase.people.size], SOON).toEqual([[], 1]);
  expect(remembered(other)).toEqual(['My boat is called Heron.']);
});
