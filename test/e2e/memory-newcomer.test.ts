import { expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { newAccount } from '../setup/account.js';
import { testServer } from '../setup/test-server.js';

const SOON = { timeout: 15_000, interval: 100 };

it('the demo knows in a new session what it was told, and what it only repeats is not remembered', async () => {
  const account = await newAccount((await testServer()).url);
  await chat(account, await newSession(account), [user('My dog is called Biscuit.')]);
  const found = async (route: string) =>
    (await account.call('GET', route)).body.items.map(({ text }: { text: string }) => text) as string[];
  await expect.poll(() => found('/v1/memories?q=dog'), SOON).toEqual(['My dog is called Biscuit.']);
  const { body } = await chat(account, await newSession(account), [user('What is my dog called?')]);
  expect(body.choices[0].message.content).toContain('Your dog is called Biscuit.');
  // Rows of a user are worked on in order: when this is known, the answer before it has been looked at as well.
  await chat(account, await newSession(account), [user('I drink green tea every morning.')]);
  await expect.poll(() => found('/v1/memories?q=tea'), SOON).toEqual(['I drink green tea every morning.']);
  expect(await found('/v1/memories?include=conversation')).toEqual([
    'I drink green tea every morning.',
    'What is my dog called?',
    'My dog is called Biscuit.',
  ]);
});
