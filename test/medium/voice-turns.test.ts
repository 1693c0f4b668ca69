import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../../src/core/domain/principal.js';
import { ChatService } from '../../src/orchestration/chat/chat.service.js';
import { MemoryService } from '../../src/orchestration/memory/memory.service.js';
import { PersonalityService } from '../../src/orchestration/personalities/personality.service.js';
import { SessionService } from '../../src/orchestration/sessions/session.service.js';
import { type ProviderSimulator, startProviderSimulator } from '../fakes/provider-simulator.js';
import { personality } from '../setup/config-folder.js';
import { FIRST_START_MS, startStories, type Stories } from '../setup/stories.js';
import { type CallOptions, LONG, TestCall } from '../setup/voice-call.js';

const CONFIG = {
  'engines.development.yaml': { memory: { extraction: 'rules' }, profile: { extraction: 'rules' } },
  'personalities/talker.yaml': personality(
    'talker',
    'memory: { write_back: sync }\ntools: { allowed: [get_current_time] }\n',
  ),
};
const SOON = { timeout: 10_000, interval: 10 };

let provider: ProviderSimulator;
let stories: Stories;
let principal: Principal;
let sessionId: string;

beforeAll(async () => {
  provider = await startProviderSimulator();
  stories = await startStories({ OPENAI_BASE_URL: provider.url }, CONFIG);
}, FIRST_START_MS);
afterAll(async () => {
  await stories?.stop();
  await provider?.close();
});
beforeEach(async () => {
  principal = {
    userId: await stories.newUser(),
    role: 'user',
    scopes: null,
    credentialId: null,
    rateLimitPerMinute: null,
  };
  sessionId = (await stories.get(SessionService).create(principal.userId, { personalityId: 'talker' })).id;
});
afterEach(() => provider.reset());

const newCall = (options: CallOptions = {}) =>
  new TestCall({
    chat: stories.get(ChatService),
    principal,
    sessionId,
    personality: stories.get(PersonalityService).get('talker'),
    ...options,
  });

const stored = async () =>
  (await stories.get(SessionService).messagesOf(sessionId, principal.userId, 100)).map(
    ({ role, content, metadata }) => ({
      role,
      content,
      ...(metadata['is_voice_call'] === true && { voice: true }),
      ...(metadata['interrupted'] === true && { interrupted: true }),
    }),
  );

/** The model has said everything, and the companion speaks. */
const written = (call: TestCall, text: string) =>
  vi.waitFor(() => {
    const said = call.of('response.text-delta').map((event) => event.text);
    expect(said.join('')).toContain(text);
  }, SOON);
const turnsDone = (call: TestCall, turns: number) =>
  vi.waitFor(async () => {
    await call.clock.pass(100);
    expect(call.of('response.done')).toHaveLength(turns);
  }, SOON);

describe('a voice call on a real database', () => {
  it('keeps both sides of a turn as those of a call', async () => {
    provider.script({ text: 'Good morning to you.' });
    const call = newCall();
    await call.say('Good morning.');
    await turnsDone(call, 1);
    expect(await stored()).toEqual([
      { role: 'user', content: 'Good morning.', voice: true },
      { role: 'assistant', content: 'Good morning to you.', voice: true },
    ]);
    await call.session.end('client');
  });

  it('keeps what was heard of an interrupted answer, and tells the model no more of it', async () => {
    provider.script({ text: LONG }, { text: 'All right.' });
    const call = newCall();
    await call.say('Count for me.');
    await written(call, 'thirteen.');
    await call.clock.pass(1500);
    await call.say('Stop it.', 400);
    await turnsDone(call, 2);
    const heard = call.of('response.interrupted')[0]?.heardText ?? '';
    expect(heard).toMatch(/^One two three four five\. Six\b/);
    expect(heard.length).toBeLessThan(LONG.length);
    expect(await stored()).toEqual([
      { role: 'user', content: 'Count for me.', voice: true },
      { role: 'assistant', content: heard, voice: true, interrupted: true },
      { role: 'user', content: 'Stop it.', voice: true },
      { role: 'assistant', content: 'All right.', voice: true },
    ]);
    const told = provider.requests.at(-1)?.body['messages'] as { role: string; content: string }[];
    expect(told.filter(({ role }) => role !== 'system')).toEqual([
      { role: 'user', content: 'Count for me.' },
      { role: 'assistant', content: heard },
      { role: 'user', content: 'Stop it.' },
    ]);
    await call.session.end('client');
  });

  it('stops a model that is still writing', async () => {
    provider.script({ text: LONG.split(/(?<= )/), tokenDelayMs: 50 });
    const call = newCall();
    await call.type('Count.');
    await written(call, 'One two');
    call.session.handle({ type: 'response.cancel' });
    await vi.waitFor(() => expect(provider.aborted).toBe(1), SOON);
    await call.session.end('client');
  });

  it('keeps what was said before anything was heard of its answer', async () => {
    provider.script({ text: 'Both, then.' });
    const call = newCall();
    call.session.handle({ type: 'text.send', text: 'First this.' });
    call.session.handle({ type: 'text.send', text: 'Then that.' });
    await turnsDone(call, 2);
    expect((await stored()).map(({ content }) => content)).toEqual(['First this.', 'Then that.', 'Both, then.']);
    await call.session.end('client');
  });

  it('keeps what was heard when the call ends in the middle of an answer', async () => {
    provider.script({ text: LONG });
    const call = newCall();
    await call.type('Count.');
    await written(call, 'thirteen.');
    await call.clock.pass(1500);
    await call.session.end('client');
    expect((await stored())[1]).toEqual({
      role: 'assistant',
      content: 'One two three four five. Six',
      voice: true,
      interrupted: true,
    });
  });

  it('is remembered like what is typed', async () => {
    provider.script({ text: 'Noted.' });
    const call = newCall();
    await call.say('My dog is called Biscuit.');
    await turnsDone(call, 1);
    const { items } = await stories.get(MemoryService).list(principal.userId, 10, null, false);
    expect(items.map(({ text }) => text).join()).toContain('Biscuit');
    await call.session.end('client');
  });

  it('runs tools, and says so', async () => {
    provider.script(
      { text: 'Let me look. ', toolCalls: [{ name: 'get_current_time', arguments: '{}' }] },
      { text: 'It is late.' },
    );
    const call = newCall();
    await call.say('What time is it?');
    await turnsDone(call, 1);
    expect(call.of('response.tool').map(({ name, status }) => [name, status])).toEqual([
      ['get_current_time', 'running'],
      ['get_current_time', 'done'],
    ]);
    expect((await stored())[1]?.content).toBe('Let me look. \n\nIt is late.');
    await call.session.end('client');
  });

  it('takes back what was said after a tool where only what came before it was heard', async () => {
    provider.script(
      { text: 'I will have a look at the clock. ', toolCalls: [{ name: 'get_current_time', arguments: '{}' }] },
      { text: 'It is very late in the evening.' },
      { text: 'Yes.' },
    );
    const call = newCall();
    await call.say('What time is it?');
    await written(call, 'evening.');
    await call.clock.pass(800);
    await call.type('Well?');
    await turnsDone(call, 2);
    const told = provider.requests.at(-1)?.body['messages'] as { role: string; content: string | null }[];
    const heard = call.of('response.interrupted')[0]?.heardText ?? '';
    expect('I will have a look at the clock.').toContain(heard);
    expect(told.slice(-4).map(({ role, content }) => [role, role === 'tool' ? '' : content])).toEqual([
      ['user', 'What time is it?'],
      ['assistant', heard],
      ['tool', ''],
      ['user', 'Well?'],
    ]);
    await call.session.end('client');
  });

  it('tells of a model that fails, and lives', async () => {
    provider.failOnce({ kind: 'status', status: 400 });
    provider.script({ text: 'Here I am.' });
    const call = newCall();
    await call.say('Hello?');
    await turnsDone(call, 1);
    expect(call.of('error').map(({ error }) => error.code)).toEqual(['ENGINE_REQUEST_REJECTED']);
    await call.say('Hello again?');
    await turnsDone(call, 2);
    expect((await stored()).at(-1)?.content).toBe('Here I am.');
    await call.session.end('client');
  });
});
