import { beforeEach, describe, expect, it } from 'vitest';
import { assistant, chat, heardBy, newSession, user } from '../factories/conversation.js';
import type { ProviderRequest } from '../fakes/provider-simulator.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({
  env: { ROLE: 'all' },
  config: { 'context.development.yaml': { recent_messages: 8 } },
});
const SOON = { timeout: 20_000, interval: 100 };
const SUMMARY = 'Ana keeps bees, and her first hive is called Aurora.';
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

const systemOf = (request: ProviderRequest | undefined): string =>
  ((request?.body['messages'] ?? []) as { role: string; content: string }[])
    .filter(({ role }) => role === 'system')
    .map(({ content }) => content)
    .join('\n');
const isForSummary = (request: ProviderRequest) => systemOf(request).includes('running summary');

/** The simulated model says the same to everybody: as an answer and as a summary. */
async function talk(id: string, from: number, to: number, who = account) {
  let answer;
  for (let turn = from; turn <= to; turn += 1) answer = await chat(who, id, [user(`Turn ${turn} about my bees`)]);
  return answer?.body.metadata.token_budget;
}

describe('a session that outgrows the window', () => {
  it('is summarised in the background before anything is lost, and the model reads the summary', async () => {
    stage.provider.setAnswer({ text: SUMMARY });
    const id = await newSession(account);
    const whole = await talk(id, 1, 3);
    expect(whole).toMatchObject({ summary: 0, uncovered_messages: 0, dropped_messages: 0 });
    await talk(id, 4, 4);
    await expect.poll(() => stage.provider.requests.filter(isForSummary).length, SOON).toBeGreaterThan(0);
    const [asked] = stage.provider.requests.filter(isForSummary);
    expect(JSON.stringify(asked?.body['messages'])).toContain('Turn 1 about my bees');
    const budget = async () => (await talk(id, 5, 5)).summary as number;
    await expect.poll(budget, SOON).toBeGreaterThan(0);
    await talk(id, 6, 9);
    // The background needs a moment after so many turns at once.
    await expect.poll(() => talk(id, 10, 10), SOON).toMatchObject({ uncovered_messages: 0, messages: 9 });
    const request = stage.provider.requests.findLast((sent) => !isForSummary(sent));
    expect(heardBy(request)[0]).not.toContain('Turn 1 about');
    expect(systemOf(request)).toMatch(
      /data about the person[^]*<summary>\n- Ana keeps bees, and her first hive is called Aurora\.\n<\/summary>$/,
    );
    const { body } = await call(stage.url, 'GET', '/metrics');
    expect(body).toMatch(/cozy_session_summaries_total\{made_by="model"\} [1-9]/);
    expect(body).toMatch(/cozy_context_tokens_total\{part="summary"\} [1-9]/);
  });

  it('says how much the model knows nothing of, until the background has caught up', async () => {
    const id = await newSession(account);
    const history = Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? user(`Old ${at}`) : assistant(`Old ${at}`)));
    const stored = await chat(account, undefined, [...history, user('And now?')], { store: true });
    const session = stored.body.metadata.session_id as string;
    expect(session).not.toBe(id);
    const { body } = await chat(account, session, [user('What did I say first?')]);
    expect(body.metadata.token_budget).toMatchObject({ messages: 9, uncovered_messages: 14, summary: 0 });
  });
});

describe('a summary', () => {
  it('is of its own session: neither other sessions nor other users are told', async () => {
    stage.provider.setAnswer({ text: SUMMARY });
    const id = await newSession(account);
    await talk(id, 1, 5);
    await expect.poll(async () => (await talk(id, 6, 6)).summary as number, SOON).toBeGreaterThan(0);
    stage.provider.setAnswer({ text: 'Plain.' });
    const other = await newSession(account);
    await talk(other, 1, 1);
    // What the companion said is remembered; the summary is not told.
    expect(systemOf(stage.provider.requests.at(-1))).not.toContain('<summary>');
    const stranger = await newAccount(stage.url);
    expect((await chat(stranger, id, [user('What is my hive called?')])).status).toBe(404);
    await talk(await newSession(stranger), 1, 1, stranger);
    expect(systemOf(stage.provider.requests.at(-1))).not.toContain('Aurora');
  });
});
