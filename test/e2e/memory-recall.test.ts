import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { chat, newSession, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { personality } from '../setup/config-folder.js';
import { simulatedServer } from '../setup/simulated-server.js';

const MOST = 50;
const stage = simulatedServer({
  config: {
    // Questions are not to become memories between one way of asking and the next.
    'personalities/few.yaml': personality('few', 'memory: { recall_top_k: 10, write_back: off }\n'),
    'personalities/many.yaml': personality('many', `memory: { recall_top_k: ${MOST}, write_back: off }\n`),
  },
});
const dialogue = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../bench/recall/daniela-owen.json'), 'utf8'),
) as { sessions: { started_at: string; turns: string[][] }[] };
const QUESTIONS = ['What is the name of Daniela’s dog?', 'When did Owen deliver the tables?', 'What does Maya learn?'];
let account: Account;

/** As an import brings them. */
beforeAll(async () => {
  account = await newAccount(stage.url);
  for (const { started_at, turns } of dialogue.sessions) {
    for (const [, speaker, text] of turns) {
      await account.call('POST', '/v1/memories', {
        text: `${speaker}: ${text}`,
        created_at: started_at,
      });
    }
  }
}, 120_000);

const byRoute = async (q: string, limit: number): Promise<string[]> =>
  (await account.call('GET', `/v1/memories?q=${encodeURIComponent(q)}&limit=${limit}`)).body.items.map(
    ({ text }: { text: string }) => text,
  );

async function byTool(query: string, limit: number): Promise<string[]> {
  const parameters = { query, limit };
  const { status, body } = await account.call('POST', '/v1/tools/execute', { tool_name: 'memory_search', parameters });
  expect([status, body.success]).toEqual([200, true]);
  return body.result.memories.map(({ text }: { text: string }) => text);
}

async function byChat(question: string, personality_id: string): Promise<string[]> {
  await chat(account, await newSession(account), [user(question)], { personality_id });
  const messages = stage.provider.requests.at(-1)?.body['messages'] as { role: string; content: string }[];
  const told = messages.map(({ content }) => content).join('\n');
  const block = /<memories>\n([^]*?)\n<\/memories>/.exec(told)?.[1] ?? '';
  return block.split('\n').map((line) => line.replace(/^- \[\d{4}-\d\d-\d\d\] /, ''));
}

describe('what is remembered', () => {
  it.each(QUESTIONS)('is found in one order, whoever asks: %s', async (question) => {
    const few = await byRoute(question, 10);
    expect(few).toHaveLength(10);
    expect(await byTool(question, 10)).toEqual(few);
    expect(await byChat(question, 'few')).toEqual(few);
    const many = await byRoute(question, MOST);
    expect(many.slice(0, 10)).toEqual(few);
    expect(await byTool(question, MOST)).toEqual(many);
    expect(await byChat(question, 'many')).toEqual(many);
  });

  it('is all there once it has been told', async () => {
    const texts = dialogue.sessions.flatMap(({ turns }) => turns.map(([, speaker, text]) => `${speaker}: ${text}`));
    const asked = texts.filter((_, at) => at % 20 === 0);
    for (const text of asked) expect((await byRoute(text.slice(0, 500), 1))[0]).toBe(text);
    expect((await account.call('GET', `/v1/memories?limit=200`)).body.items).toHaveLength(texts.length);
  });
});
