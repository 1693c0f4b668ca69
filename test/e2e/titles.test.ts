import { beforeEach, describe, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { testServer } from '../setup/test-server.js';

const stage = simulatedServer({ env: { ROLE: 'all' } });
const DEADLINE = { timeout: 40_000, interval: 100 };
const FIRST = 'How do I brew green tea?';
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

const titleOf = async (owner: Account, id: string): Promise<string | null> =>
  (await owner.call('GET', `/v1/sessions/${id}`)).body.title;

async function talk(owner: Account, id: string, turns: number, first = FIRST): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    const { status } = await chat(owner, id, [user(turn === 0 ? first : `And then (${turn})?`)]);
    expect(status).toBe(200);
  }
}

/** Scripts for the turns of a conversation, and what follows them: the request for a title. */
const answersAnd = (turns: number, title: string) =>
  stage.provider.script(...Array.from({ length: turns }, () => ({ text: 'Like this.' })), { text: title });

describe('the title of a session', { timeout: 60_000 }, () => {
  it('is made by the model after the third turn, tidied', async () => {
    const id = await newSession(account, {});
    answersAnd(3, '"Brewing green tea."\n');
    await talk(account, id, 3);
    await expect.poll(() => titleOf(account, id), DEADLINE).toBe('Brewing green tea');
    const asked = stage.provider.requests[3]?.body;
    expect(JSON.stringify(asked)).toContain(FIRST);
    expect(stage.provider.chats).toBe(4);
  });

  it('is made for a session that `store` began, too', async () => {
    answersAnd(3, 'Brewing tea');
    const { body } = await chat(account, undefined, [user(FIRST)], { store: true });
    await talk(account, body.metadata.session_id, 2);
    await expect.poll(() => titleOf(account, body.metadata.session_id), DEADLINE).toBe('Brewing tea');
  });

  it('has at most 50 characters', async () => {
    const id = await newSession(account, {});
    answersAnd(3, 'A very long title that goes on and on about tea, water, cups and everything else');
    await talk(account, id, 3);
    await expect.poll(() => titleOf(account, id), DEADLINE).toMatch(/^A very long title/);
    expect((await titleOf(account, id))?.length).toBeLessThanOrEqual(50);
  });

  it('is the first message where the model fails', async () => {
    const id = await newSession(account, {});
    stage.provider.script({ text: 'a' }, { text: 'b' }, { text: 'c' });
    stage.provider.failOnce({ kind: 'status', status: 400 });
    await talk(account, id, 3);
    await expect.poll(() => titleOf(account, id), DEADLINE).toBe('How do I brew green tea?');
  });

  it('is left alone where the user gave one, and before the third turn', async () => {
    const named = await newSession(account, { title: 'Mine' });
    const short = await newSession(account, {});
    const long = await newSession(account, {});
    await talk(account, named, 3);
    await talk(account, short, 2);
    answersAnd(3, 'Made last');
    await talk(account, long, 3);
    await expect.poll(() => titleOf(account, long), DEADLINE).toBe('Made last');
    expect(await titleOf(account, named)).toBe('Mine');
    expect(await titleOf(account, short)).toBeNull();
    expect(stage.provider.chats).toBe(3 + 2 + 3 + 1);
  });

  it('is the user’s where they named the session while it was being made', async () => {
    const id = await newSession(account, {});
    stage.provider.script({ text: 'a' }, { text: 'b' }, { text: 'c' }, { text: 'Too late now', tokenDelayMs: 200 });
    await talk(account, id, 3);
    await expect.poll(() => stage.provider.requests.length, DEADLINE).toBe(4);
    await account.call('PUT', `/v1/sessions/${id}`, { title: 'Mine' });
    await stage.provider.requests[3]?.outcome;
    const other = await newSession(account, {});
    answersAnd(3, 'Made after it');
    await talk(account, other, 3);
    await expect.poll(() => titleOf(account, other), DEADLINE).toBe('Made after it');
    expect(await titleOf(account, id)).toBe('Mine');
  });

  it('is the first message where the built-in demo answers', async () => {
    const { url } = await testServer();
    const visitor = await newAccount(url);
    const id = await newSession(visitor, {});
    const long = 'Tell me something about the history of tea in China, Japan and Great Britain, please';
    await talk(visitor, id, 3, long);
    await expect.poll(() => titleOf(visitor, id), DEADLINE).toMatch(/^Tell me something about the history of tea.*…$/);
    expect((await titleOf(visitor, id))?.length).toBeLessThanOrEqual(50);
  });
});
