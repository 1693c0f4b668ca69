import { beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { type Account, call, newAccount } from '../setup/account.js';
import { simulatedServer } from '../setup/simulated-server.js';

const PRICE = { input: 0.15, output: 0.6 };
const EMBEDDING = { model: 'text-embedding-3-small', price: { input: 0.02, output: 0 } };
const stage = simulatedServer({
  config: {
    'engines.development.yaml': {
      ai: { openai: { prices: { 'gpt-4o-mini': PRICE, [EMBEDDING.model]: EMBEDDING.price } } },
      memory: { extraction: 'rules' },
      profile: { extraction: 'rules' },
    },
  },
  env: { ROLE: 'all' },
});
const SOON = { timeout: 20_000, interval: 100 };

interface Used {
  model: string;
  personality_id: string | null;
  prompt_tokens: number;
  completion_tokens: number;
  cost_usd: number;
}

const costOfModel = async (model: string) => {
  const { body } = await call(stage.url, 'GET', '/metrics');
  const lines = [...(body as string).matchAll(/^cozy_llm_cost_usd_total\{.*model="([^"]+)".*\} (\S+)$/gm)];
  return lines.filter(([, name]) => name === model).map(([, , value]) => picodollars(Number(value)));
};

/** Whole 10^-12 dollars, which no float loses. */
const picodollars = (dollars: number) => Math.round(dollars * 1e12);
const costOf = ({
  prompt_tokens: input,
  completion_tokens: output,
}: Pick<Used, 'prompt_tokens' | 'completion_tokens'>) =>
  Math.round(input * PRICE.input * 1e6 + output * PRICE.output * 1e6);

let account: Account;
let session: string;
let stored: Used;
let unstored: Used;
let embedded: Used;

beforeAll(async () => {
  account = await newAccount(stage.url);
  session = await newSession(account);
  stage.provider.script(
    { text: 'Let me see.', toolCalls: [{ id: 'c', name: 'calculator', arguments: '{"expression":"12 * 12"}' }] },
    { text: 'It is 144.' },
  );
  stored = (await chat(account, session, [user('What is 12 * 12?')])).body.usage as Used;
  stage.provider.script({ text: 'Hello.' }, { text: 'Hello you.' });
  unstored = (await chat(account, undefined, [user('Hello')], { store: false })).body.usage as Used;
  await chat(account, session, [user('Hello')], { model: 'unheard-of' });
  const texts = { model: EMBEDDING.model, input: ['Marzipan', 'Nougat', 'Praline'] };
  embedded = (await account.call('POST', '/v1/embeddings', texts)).body.usage as Used;
});

async function exported(): Promise<{ used: Used[]; total: number }> {
  const ask = () => account.call('GET', '/v1/users/me/export');
  await expect.poll(async () => (await ask()).status, SOON).toBe(200);
  const { usage, sessions } = (await ask()).body as Record<string, unknown[]>;
  const [kept] = sessions as { total_cost_usd: number }[];
  return { used: usage as Used[], total: kept?.total_cost_usd ?? -1 };
}

const sumOf = (used: Used[]) => used.reduce((sum, { cost_usd: cost }) => sum + picodollars(cost), 0);

describe('what turns cost', () => {
  it('is the price of their tokens in the rows of usage, in the session and in the metric', async () => {
    const { used, total } = await exported();
    const priced = used.filter(({ model }) => model === 'gpt-4o-mini');
    expect(costOf(stored)).toBeGreaterThan(0);
    expect(picodollars(total)).toBe(costOf(stored));
    expect(sumOf(priced)).toBe(costOf(stored) + costOf(unstored));

    const counted = await costOfModel('gpt-4o-mini');
    expect(counted).toHaveLength(2);
    expect(counted.reduce((sum, value) => sum + value, 0)).toBe(sumOf(priced));
  });

  it('is nothing for a model without a price, which the log tells once', async () => {
    const { used } = await exported();
    const unpriced = used.filter(({ model }) => model === 'unheard-of');
    expect(unpriced).toMatchObject([{ cost_usd: 0, prompt_tokens: expect.any(Number) }]);
    const { body } = await call(stage.url, 'GET', '/metrics');
    expect(body).toContain('cozy_llm_tokens_total{provider="openai",model="unheard-of"');
    expect(body).not.toContain('cozy_llm_cost_usd_total{provider="openai",model="unheard-of"');
    const told = stage.server.output.filter((line) => line.includes('A model has no price'));
    expect(told.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { provider: 'openai', model: 'unheard-of' },
    ]);
  });
});

describe('what embeddings cost', () => {
  it('is the price of their tokens in a row of usage without a personality, and in the metric', async () => {
    const { used } = await exported();
    expect(embedded.prompt_tokens).toBeGreaterThan(0);
    const cost = Math.round(embedded.prompt_tokens * EMBEDDING.price.input * 1e6);
    const rows = used.filter(({ model }) => model === EMBEDDING.model);
    expect(rows).toMatchObject([
      { personality_id: null, requests: 1, prompt_tokens: embedded.prompt_tokens, completion_tokens: 0 },
    ]);
    expect(sumOf(rows)).toBe(cost);
    expect((await costOfModel(EMBEDDING.model)).toSorted((a, b) => a - b)).toEqual([0, cost]);
  });
});
