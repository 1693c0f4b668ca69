import { expect, it } from 'vitest';
import { chat, heardBy, newSession, saidIn, user } from '../factories/conversation.js';
import { newAccount } from '../setup/account.js';
import { openAiSettings } from '../setup/config-folder.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ config: openAiSettings({ context_window: 2048 }) });
const HUGE = 'A word and another. '.repeat(1000);

it('a message that is more than the window is refused before the provider is asked, and the session goes on', async () => {
  const account = await newAccount(stage.url);
  const session = await newSession(account);
  await chat(account, session, [user('My first question')]);
  const asked = stage.provider.chats;
  expectRefusal(await chat(account, session, [user(HUGE)]), 400, 'ENGINE_CONTEXT_LENGTH');
  expectRefusal(await chat(account, undefined, [user(HUGE)]), 400, 'ENGINE_CONTEXT_LENGTH');
  expect(stage.provider.chats).toBe(asked);
  const { status, body } = await chat(account, session, [user('Shorter, then')]);
  expect([status, body.metadata.token_budget.dropped_messages]).toEqual([200, expect.any(Number)]);
  expect(heardBy(stage.provider.requests.at(-1)).at(-1)).toBe('user: Shorter, then');
  expect((await saidIn(account, session)).filter((said) => said.includes('A word and another'))).toHaveLength(1);
});

it('what the tools are told counts: the room is what they leave', async () => {
  const account = await newAccount(stage.url);
  const parameters = { type: 'object', properties: { text: { type: 'string', description: HUGE.slice(0, 14_000) } } };
  const tools = [{ type: 'function', function: { name: 'write', description: 'Writes.', parameters } }];
  expectRefusal(await chat(account, undefined, [user('Write')], { tools }), 400, 'ENGINE_CONTEXT_LENGTH');
});
