import { beforeAll, describe, expect, it } from 'vitest';
import { chat, messagesOf, newSession, saidIn, user } from '../factories/conversation.js';
import { type Account, newAccount } from '../setup/account.js';
import { ChatStream } from '../setup/chat-stream.js';
import { openAiSettings } from '../setup/config-folder.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({
  config: openAiSettings({ max_retries: 0, first_token_timeout_ms: 500, idle_timeout_ms: 500 }),
});
const model = 'gpt-4o-mini';
const messages = [user('Hello?')];
let account: Account;

beforeAll(async () => {
  account = await newAccount(stage.url);
});

describe('a provider that says nothing', () => {
  it.each(['hang-before-headers', 'hang-after-headers'] as const)(
    'is 504, streamed or not, its request is cancelled, and the question waits (%s)',
    async (kind) => {
      for (const stream of [false, true]) {
        const id = await newSession(account);
        stage.provider.failOnce({ kind });
        const answer = await chat(account, id, messages, { model, stream });
        expect([answer.status, answer.body.error.code]).toEqual([504, 'ENGINE_TIMEOUT']);
        expect(await stage.provider.requests.at(-1)?.outcome).toBe('aborted');
        expect(await saidIn(account, id)).toEqual(['user: Hello?']);
      }
    },
  );

  it('any more: the stream says so and ends, and what was said is kept as interrupted', async () => {
    const id = await newSession(account);
    stage.provider.failOnce({ kind: 'hang-mid-stream' });
    const open = await ChatStream.open(stage.url, { token: account.token, body: { model, messages, session_id: id } });
    const { chunks, content, done } = await open.events();
    expect(chunks.at(-1).error.code).toBe('ENGINE_TIMEOUT');
    expect(done).toBe(true);
    expect(content).not.toBe('');
    expect(await stage.provider.requests[0]?.outcome).toBe('aborted');
    const [, , answer] = await messagesOf(account, id);
    expect(answer).toMatchObject({ content, metadata: { interrupted: true, error_code: 'ENGINE_TIMEOUT' } });
  });

  it('is text to the web app', async () => {
    const id = await newSession(account);
    stage.provider.failOnce({ kind: 'hang-before-headers' });
    const open = await ChatStream.open(stage.url, { token: account.token, body: { messages, session_id: id } });
    const { chunks, content, done } = await open.events();
    expect(open.response.status).toBe(200);
    expect(content).toMatch(/took too long/);
    expect([chunks.at(-1).choices[0].finish_reason, done]).toEqual(['stop', true]);
    expect(await saidIn(account, id)).toEqual(['user: Hello?']);
  });
});

describe('embeddings of a provider that says nothing', () => {
  it('are 504', async () => {
    stage.provider.failRoute('/embeddings', { kind: 'hang-before-headers' });
    const body = { model: 'text-embedding-3-small', input: 'x' };
    const answer = await account.call('POST', '/v1/embeddings', body);
    expect([answer.status, answer.body.error.code]).toEqual([504, 'ENGINE_TIMEOUT']);
  });
});
