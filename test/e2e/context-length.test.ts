import { expect, it } from 'vitest';
import { chat, heardBy, newSession, user } from '../factories/conversation.js';
import { newAccount } from '../setup/account.js';
import { openAiSettings } from '../setup/config-folder.js';
import { expectRefusal } from '../setup/refusal.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ config: openAiSettings({ context_window: 2048 }) });
const HUGE = 'A word and another. '.repeat(1000);

it('a message that is more than the window goes to the provider without the others, whose refusal is told', async () => {
  const account = await newAccount(stage.url);
  const session = await newSession(account);
  await chat(account, session, [user('My first question')]);
  stage.provider.script({
    fault: { kind: 'status', status: 400, body: { error: { code: 'context_length_exceeded' } } },
  });
  expectRefusal(await chat(account, session, [user(HUGE)]), 400, 'ENGINE_CONTEXT_LENGTH');
  expect(heardBy(stage.provider.requests.at(-1)).filter((line) => line.startsWith('user: '))).toEqual([
    `user: ${HUGE}`,
  ]);
  const { status } = await chat(account, session, [user('Shorter, then')]);
  expect(status).toBe(200);
});
