import { beforeAll, describe, expect, it } from 'vitest';
import { chat, messagesOf, newSession, saidIn, user } from '../factories/conversation.js';
import { PROVIDER_SECRET, type ProviderFault } from '../fakes/provider-simulator.js';
import { type Account, newAccount } from '../setup/account.js';
import { ChatStream } from '../setup/chat-stream.js';
import { openAiSettings } from '../setup/config-folder.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer({ config: openAiSettings({ max_retries: 0 }) });
const SECRET = PROVIDER_SECRET.split(' ')[0] as string;
let account: Account;

beforeAll(async () => {
  account = await newAccount(stage.url);
});

const status = (code: number, more: object = {}): ProviderFault => ({ kind: 'status', status: code, ...more });

/** A request as the CozyChat web app makes it. */
const webApp = (sessionId: string, token = account.token) =>
  ChatStream.open(stage.url, {
    token,
    body: { messages: [user('Hello?')], personality_id: 'companion', session_id: sessionId, use_memory: true },
  });

describe('to the web app, which hangs on errors,', () => {
  it.each<[string, ProviderFault, RegExp]>([
    ['refuses our key', status(401), /refused the credentials/],
    ['rejects the request', status(400), /rejected this request/],
    ['finds the conversation too long', status(400, { code: 'context_length_exceeded' }), /context window/],
    ['does not know our default model', status(404, { code: 'model_not_found' }), /model/],
    ['finds the request too large', status(413), /./],
    ['is busy', status(429), /busy/],
    ['crashes', status(500), /failed/],
    ['cannot be reached', { kind: 'cut-before-headers' }, /cannot be reached/],
    ['sends a web page', { kind: 'html' }, /could not be understood/],
  ])('a provider that %s is told as an answer that is not stored', async (_name, fault, words) => {
    const id = await newSession(account);
    // Twice, as a connection that was kept open is tried once more when it turns out to be dead.
    stage.provider.failOnce(fault);
    stage.provider.failOnce(fault);
    const open = await webApp(id);
    expect(open.response.status).toBe(200);
    const { chunks, content, done } = await open.events();
    expect(content).toMatch(words);
    expect(chunks[0].choices[0].delta.role).toBe('assistant');
    expect([chunks.at(-1).choices[0].finish_reason, done]).toEqual(['stop', true]);
    expect(chunks.some((chunk) => 'error' in chunk)).toBe(false);
    expect(open.text).not.toContain(SECRET);
    expect(await saidIn(account, id)).toEqual(['user: Hello?']);
  });

  it('a failure in the middle is told after what was said, and only that is stored', async () => {
    const id = await newSession(account);
    stage.provider.script({ text: 'one two three four', fault: { kind: 'cut-mid-stream' } });
    const { chunks, content, done } = await (await webApp(id)).events();
    expect(content).toMatch(/^one two.*broke off/s);
    expect([chunks.at(-1).choices[0].finish_reason, done]).toEqual(['stop', true]);
    const answer = (await messagesOf(account, id)).at(-1);
    expect(answer).toMatchObject({ role: 'assistant', content: 'one two', metadata: { interrupted: true } });
  });

  it('a failure before there is a session is told the same way', async () => {
    stage.provider.failOnce(status(500));
    const open = await webApp('default');
    expect(open.response.status).toBe(200);
    expect((await open.events()).content).toMatch(/failed/);
  });

  it('the next try after a told failure is answered and not stored twice', async () => {
    const id = await newSession(account);
    stage.provider.failOnce(status(500));
    await (await webApp(id)).whole();
    stage.provider.script({ text: 'Here.' });
    expect((await (await webApp(id)).events()).content).toBe('Here.');
    expect(await saidIn(account, id)).toEqual(['user: Hello?', 'assistant: Here.']);
  });

  it('a bad token stays 401 and a session of someone else stays 404', async () => {
    expect((await webApp(await newSession(account), 'nonsense')).response.status).toBe(401);
    const foreign = await newSession(await newAccount(stage.url));
    expect((await webApp(foreign)).response.status).toBe(404);
    expect((await webApp('no-uuid')).response.status).toBe(404);
    expect(stage.provider.requests).toEqual([]);
  });
});

describe('everybody else gets the error', () => {
  it.each<[string, (id: string) => Record<string, unknown>]>([
    ['who names a model', (id) => ({ session_id: id, stream: true, model: 'gpt-4o-mini' })],
    ['who names the session as an engine’s client', (id) => ({ cozy: { session_id: id }, stream: true })],
    ['who wants the whole answer', (id) => ({ session_id: id })],
    ['who has no session', () => ({ stream: true })],
  ])('%s', async (_name, fields) => {
    const id = await newSession(account);
    stage.provider.failOnce(status(500));
    const answer = await chat(account, undefined, [user('Hello?')], fields(id));
    expect([answer.status, answer.body.error.code]).toEqual([502, 'ENGINE_FAILED']);
  });
});
