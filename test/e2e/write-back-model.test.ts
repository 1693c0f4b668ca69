import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { Mem0Simulator } from '../fakes/mem0-simulator.js';
import { type Account, newAccount } from '../setup/account.js';
import { personality } from '../setup/config-folder.js';
import { simulatedServer } from '../setup/simulated-server.js';

const SOON = { timeout: 20_000, interval: 50 };
const NO_PROFILE = 'profile: { enabled: false }\n';

const mem0 = await new Mem0Simulator().listen();
const stage = simulatedServer({
  env: { ROLE: 'all' },
  config: {
    'engines.development.yaml': {
      memory: { provider: 'builtin', mem0: { api_url: mem0.url } },
      write_back: { idle_ms: 2000 },
    },
    'personalities/thoughtful.yaml': personality('thoughtful', NO_PROFILE),
    'personalities/plain.yaml': personality('plain', `memory: { extraction: rules }\n${NO_PROFILE}`),
    'personalities/deaf.yaml': personality('deaf', "memory: { extraction: 'off' }\n"),
    'personalities/elsewhere.yaml': personality('elsewhere', `memory: { provider: mem0 }\n${NO_PROFILE}`),
  },
});
let account: Account;

afterAll(() => mem0.close());
beforeEach(async () => {
  account = await newAccount(stage.url);
});

const say = async (text: string, personalityId: string, who = account) =>
  chat(who, await newSession(who), [user(text)], { personality_id: personalityId });
const memories = async () =>
  (await account.call('GET', '/v1/memories')).body.items.map(({ text }: { text: string }) => text) as string[];
const toldMem0 = () => mem0.stored.filter(({ user_id: of }) => of === account.id).map(({ memory }) => memory);
const questions = () => stage.provider.requests.filter(({ body }) => 'response_format' in body);
const found = (...items: [text: string, message: number][]) =>
  stage.provider.setAnswer({ text: JSON.stringify({ items: items.map(([text, message]) => ({ text, message })) }) });

describe('where a real model is configured', () => {
  it('what was told is known at once by rules, and the model words several turns with one question', async () => {
    found(['The user has a dog, Biscuit.', 1], ['The user lives by the sea.', 5]);
    await say('My dog is called Biscuit.', 'thoughtful');
    await say('It is a fine day at the office.', 'thoughtful');
    await say('I moved into a house by the sea.', 'thoughtful');
    await expect.poll(memories, SOON).toContain('My dog is called Biscuit.');
    expect(questions()).toEqual([]);
    await expect.poll(memories, SOON).toContain('The user has a dog, Biscuit.');
    // What the model made nothing of stays as it was said.
    expect((await memories()).toSorted()).toEqual([
      'It is a fine day at the office.',
      'The user has a dog, Biscuit.',
      'The user lives by the sea.',
    ]);
    expect(questions()).toHaveLength(1);
  });

  it('a personality may do with rules, or learn nothing', async () => {
    await say('My cat is called Miso.', 'deaf');
    await say('My parrot is called Rex.', 'plain');
    await expect.poll(memories, SOON).toEqual(['My parrot is called Rex.']);
    found(['The user has a hamster.', 1]);
    await say('My hamster is called Bo.', 'thoughtful');
    await expect.poll(memories, SOON).toContain('The user has a hamster.');
    expect(await memories()).toEqual(['The user has a hamster.', 'My parrot is called Rex.']);
  });
});

describe('where a personality names another engine', () => {
  it('that one alone is told and asked, and both answer for themselves', async () => {
    await say('My dog is called Biscuit.', 'elsewhere');
    await say('My cat is called Miso.', 'plain');
    await expect.poll(toldMem0, SOON).toEqual(['My dog is called Biscuit.']);
    await expect.poll(memories, SOON).toEqual(['My cat is called Miso.']);
    const { body } = await say('What is my dog called?', 'elsewhere');
    expect(body.metadata.engines.memory).toMatchObject({ status: 'ok' });
    const engines = (await account.call('GET', '/health/engines')).body.engines as { kind: string; provider: string }[];
    expect(engines.filter(({ kind }) => kind === 'memory').map(({ provider }) => provider)).toEqual([
      'builtin',
      'mem0',
    ]);
  });

  it('what a user deletes goes from all of them', async () => {
    await say('My dog is called Biscuit.', 'elsewhere');
    await say('My cat is called Miso.', 'plain');
    await expect.poll(toldMem0, SOON).toHaveLength(1);
    await expect.poll(memories, SOON).toHaveLength(1);
    expect((await account.call('DELETE', '/v1/memories')).status).toBe(200);
    expect([toldMem0(), await memories()]).toEqual([[], []]);
  });
});
