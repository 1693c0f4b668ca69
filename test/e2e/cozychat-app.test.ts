import { beforeAll, describe, expect, it } from 'vitest';
import { CozyChatApp } from '../setup/cozychat-app.js';
import { personality } from '../setup/config-folder.js';
import { simulatedServer } from '../setup/simulated-server.js';

/** The requests of the CozyChat web app, one after the other as it makes them, and the fields that it reads. */
const stage = simulatedServer({
  env: { ROLE: 'all' },
  config: {
    'engines.development.yaml': { memory: { extraction: 'rules' }, profile: { extraction: 'rules' } },
    'personalities/singer.yaml': personality('singer', 'welcome_message: La la.'),
  },
});
const SOON = { timeout: 20_000, interval: 100 };
const ID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
const INSTANT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const THIRTY_DAYS = 2_592_000;
let app: CozyChatApp;
let user: Awaited<ReturnType<CozyChatApp['register']>>;

beforeAll(async () => {
  app = new CozyChatApp(stage.url);
  user = await app.register();
});

const newSession = async (fields: object = { title: '新会话', personality_id: 'companion' }): Promise<string> =>
  (await app.call('POST', '/v1/sessions', fields)).body.session_id as string;

const textOf = (chunks: { choices: { delta: { content?: string } }[] }[]) =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');

describe('signing in', () => {
  const signedIn = () => ({
    access_token: expect.any(String),
    refresh_token: expect.any(String),
    token_type: expect.stringMatching(/^bearer$/i),
    expires_in: THIRTY_DAYS,
    user: { id: ID, username: user.username, email: `${user.username}@example.com`, role: 'user' },
  });

  it('begins with a registration that is a login, too', () => {
    expect(user.status).toBe(201);
    expect(user.body).toMatchObject(signedIn());
  });

  it.each(['username', 'email'])('takes the %s', async (field) => {
    const { username, password } = user;
    const name = field === 'email' ? `${username}@example.com` : username;
    const { body } = await app.call('POST', '/v1/users/login', { username: name, password });
    expect(body).toMatchObject(signedIn());
  });

  it('tells a wrong password in words that the app shows', async () => {
    const answer = await app.call('POST', '/v1/users/login', { username: user.username, password: 'wrong!' });
    expect(answer).toMatchObject({ status: 401, body: { detail: expect.any(String), message: expect.any(String) } });
    expect(answer.body.access_token).toBeUndefined();
  });

  it('goes on with a refresh token, and ends', async () => {
    const other = new CozyChatApp(stage.url);
    const { body } = await other.register();
    const refreshed = await other.call('POST', '/v1/auth/refresh', { refresh_token: body.refresh_token });
    expect(refreshed.body).toMatchObject({ access_token: expect.any(String), expires_in: THIRTY_DAYS });
    other.token = refreshed.body.access_token;
    expect((await other.call('POST', '/v1/auth/logout')).status).toBeLessThan(300);
    expect((await other.call('GET', '/v1/users/me')).status).toBe(401);
  });
});

describe('the pages about oneself', () => {
  it('read the account', async () => {
    expect((await app.call('GET', '/v1/users/me')).body).toMatchObject({
      id: ID,
      username: user.username,
      email: `${user.username}@example.com`,
      role: 'user',
      display_name: null,
      avatar_url: null,
      bio: null,
      preferences: {},
      created_at: INSTANT,
    });
  });

  it('change one preference at a time', async () => {
    const { body: first } = await app.call('PUT', '/v1/users/me/preferences', { theme: 'green', language: 'zh-CN' });
    expect(first.preferences).toEqual({ theme: 'green', language: 'zh-CN' });
    await app.call('PUT', '/v1/users/me/preferences', { auto_tts: true });
    const { body } = await app.call('GET', '/v1/users/me/preferences');
    expect(body.preferences).toEqual({ theme: 'green', language: 'zh-CN', auto_tts: true });
  });

  it('save each field of the profile when it is left, a photograph included', async () => {
    const route = `/v1/users/${user.body.user.id as string}/profile`;
    const photo = `data:image/jpeg;base64,${'/9j/'.repeat(700_000)}`;
    for (const change of [
      { display_name: '小明' },
      { bio: '' },
      { interests: ['编程', '阅读'] },
      { avatar_url: photo },
    ]) {
      expect(await app.call('PUT', route, change)).toMatchObject({ status: 200, body: change });
    }
    const profile = { display_name: '小明', bio: '', interests: ['编程', '阅读'], avatar_url: photo };
    expect((await app.call('GET', '/v1/users/me/profile')).body).toEqual(profile);
  });
});

describe('the list of sessions', () => {
  it('has all of them up to a hundred, though the app names no page', async () => {
    const many = new CozyChatApp(stage.url);
    await many.register();
    for (let made = 0; made < 30; made += 1) await many.call('POST', '/v1/sessions', { title: `Nr. ${made}` });
    const { body } = await many.call('GET', '/v1/sessions', undefined, { sort: 'last_message_at', order: 'desc' });
    expect(body).toMatchObject({ total: 30, page: 1, page_size: 100 });
    expect(body.sessions).toHaveLength(30);
    expect(body.sessions[0]).toMatchObject({
      session_id: ID,
      personality_id: 'companion',
      personality_name: 'Cozy',
      title: 'Nr. 29',
      message_count: 1,
      last_message_at: INSTANT,
      created_at: INSTANT,
    });
  });

  it('makes, opens, renames and deletes one', async () => {
    const made = await app.call('POST', '/v1/sessions', { title: '新会话', personality_id: 'singer' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ session_id: ID, personality_id: 'singer', title: '新会话', created_at: INSTANT });
    const route = `/v1/sessions/${made.body.session_id as string}`;
    expect((await app.call('GET', route)).body).toMatchObject({
      messages: [{ id: ID, role: 'assistant', content: 'La la.', created_at: INSTANT, metadata: { is_welcome: true } }],
      total_messages: 1,
      title: '新会话',
      personality_id: 'singer',
      created_at: INSTANT,
    });
    const title = '歌'.repeat(255);
    expect((await app.call('PUT', route, { title })).body).toMatchObject({
      session_id: made.body.session_id,
      title,
      updated_at: INSTANT,
    });
    expect((await app.call('DELETE', route)).body).toMatchObject({
      message: expect.any(String),
      session_id: made.body.session_id,
    });
    expect((await app.call('GET', route)).status).toBe(404);
  });
});

describe('the chat', () => {
  it('sends everything that is on the screen, and nothing is stored twice', async () => {
    const id = await newSession();
    const shown = (
      (await app.call('GET', `/v1/sessions/${id}`)).body.messages as { role: string; content: string }[]
    ).map(({ role, content }) => ({ role, content }));
    for (const [text, answer] of [
      ['Hello', 'Hi.'],
      ['How are you?', 'Fine.'],
    ] as const) {
      stage.provider.script({ text: answer });
      const chunks = await app.say(id, text, shown);
      expect(textOf(chunks)).toBe(answer);
      expect(chunks.at(-1).choices[0].finish_reason).toBe('stop');
      shown.push({ role: 'user', content: text }, { role: 'assistant', content: answer });
    }
    const { body } = await app.call('GET', `/v1/sessions/${id}`);
    expect(body.messages.map(({ role, content }: { role: string; content: string }) => ({ role, content }))).toEqual(
      shown,
    );
  });

  it('gets a title of its own although the app called it “新会话”', { timeout: 60_000 }, async () => {
    const id = await newSession();
    stage.provider.script({ text: '1' }, { text: '2' }, { text: '3' }, { text: '关于茶的对话' });
    for (const text of ['茶?', '水?', '杯子?']) await app.say(id, text);
    await expect.poll(async () => (await app.call('GET', `/v1/sessions/${id}`)).body.title, SOON).toBe('关于茶的对话');
  });

  it('is shown a failure as an answer, which is then not kept', async () => {
    const id = await newSession();
    stage.provider.failOnce({ kind: 'status', status: 401 });
    const chunks = await app.say(id, 'Hello?');
    expect(textOf(chunks)).toMatch(/\S/);
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop');
    const { body } = await app.call('GET', `/v1/sessions/${id}`);
    expect(body.messages.map(({ role }: { role: string }) => role)).toEqual(['assistant', 'user']);
  });

  it('has no session yet where its id is “default”', async () => {
    stage.provider.script({ text: 'Hi.' });
    expect(textOf(await app.say('default', 'Hello'))).toBe('Hi.');
  });
});

describe('a voice call that ran in the browser', () => {
  const keep = (sessionId: string, messages: object[]) =>
    app.call('POST', '/v1/chat/voice-call-messages', { session_id: sessionId, messages });
  const timestamp = '2026-01-02T03:04:05.678Z';

  it('is kept with the session', async () => {
    const id = await newSession();
    const { body } = await keep(id, [
      { role: 'user', content: 'Can you hear me?', timestamp },
      { role: 'assistant', content: 'I can.', timestamp },
    ]);
    expect(body).toMatchObject({ message: expect.any(String), saved_count: 2, session_id: id });
    const session = (await app.call('GET', `/v1/sessions/${id}`)).body;
    expect(session.messages.slice(1)).toMatchObject([
      { role: 'user', content: 'Can you hear me?', metadata: { is_voice_call: true } },
      { role: 'assistant', content: 'I can.', metadata: { is_voice_call: true } },
    ]);
  });

  it('is learned from, the last words that nobody answered included', { timeout: 60_000 }, async () => {
    const caller = new CozyChatApp(stage.url);
    await caller.register();
    const { body } = await caller.call('POST', '/v1/sessions', {});
    await caller.call('POST', '/v1/chat/voice-call-messages', {
      session_id: body.session_id,
      messages: [
        { role: 'user', content: 'My dog is called Biscuit.', timestamp },
        { role: 'assistant', content: 'A good name.', timestamp },
        { role: 'user', content: 'I live in Lisbon.', timestamp },
      ],
    });
    const facts = async () =>
      ((await caller.call('GET', '/v1/profile-facts')).body.items as { value: string }[]).map(({ value }) => value);
    await expect.poll(facts, SOON).toEqual(expect.arrayContaining(['Biscuit', 'Lisbon']));
    const memories = async () =>
      ((await caller.call('GET', '/v1/memories')).body.items as { text: string }[]).map(({ text }) => text);
    await expect.poll(memories, SOON).toHaveLength(2);
  });
});
