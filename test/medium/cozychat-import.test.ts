import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CozyChatImport } from '../../src/orchestration/imports/cozychat-import.js';
import { databaseSource, fileSource } from '../../src/orchestration/imports/cozychat-source.js';
import { ForeignDatabase } from '../../src/storage/imports/foreign-database.repository.js';
import { ImportRepository } from '../../src/storage/imports/import.repository.js';
import { MessageRepository } from '../../src/storage/messages/message.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';
import { UserRepository } from '../../src/storage/users/user.repository.js';
import {
  type CozyChatRows,
  COZYCHAT_SCHEMA,
  cozyChat,
  cozyMessage,
  cozySession,
  cozyUser,
  OLD_HASH,
} from '../factories/cozychat.js';
import { emptyDatabase, storedUser, type TestDatabase, testDatabase } from '../setup/test-database.js';

let test: TestDatabase;
let target: ImportRepository;
let sessions: SessionRepository;
let messages: MessageRepository;
let names = 0;
let rows: CozyChatRows;

const bring = (from: CozyChatRows, options: { keepAdmins?: boolean; isDryRun?: boolean } = {}, to = target) =>
  new CozyChatImport(fileSource(JSON.stringify(from)), to, { keepAdmins: false, isDryRun: false, ...options }).run();

const idOf = (row: Record<string, unknown> | undefined) => String(row?.['id']);
const userId = () => idOf(rows.users[0]);
const sessionId = () => idOf(rows.sessions[0]);
const said = async (id = sessionId()) =>
  (await messages.list(id, userId(), 1000)).map(({ seq, role, content }) => [seq, role, content]);

beforeAll(async () => {
  test = await testDatabase();
  target = new ImportRepository(test.database);
  sessions = new SessionRepository(test.database);
  messages = new MessageRepository(test.database);
});
beforeEach(() => {
  names += 1;
  rows = cozyChat(`old${names}x${randomUUID().slice(0, 6)}`);
});

const WHOLE = [
  [1, 'assistant', 'Welcome!'],
  [2, 'user', 'Which tea?'],
  [3, 'assistant', 'Green.'],
];

describe('an account of CozyChat', () => {
  it('is here with its profile, its preferences and the hash of its password', async () => {
    await bring(rows);
    expect(await new UserRepository(test.database).find(userId())).toMatchObject({
      username: rows.users[0]?.['username'],
      passwordHash: OLD_HASH,
      role: 'user',
      status: 'active',
      displayName: '小明',
      bio: 'Likes tea',
      interests: ['茶', 'hiking'],
      preferences: { theme: 'blue', language: 'zh-CN' },
      createdAt: new Date('2024-05-06T07:08:09.123Z'),
    });
  });

  it('has its sessions under their own ids, each message in its place and its time', async () => {
    await bring(rows);
    expect(await sessions.find(sessionId(), userId())).toMatchObject({
      title: '喝茶',
      personalityId: 'health_assistant',
      messageCount: 3,
      totalTokens: '42',
      lastMessageAt: new Date('2024-06-01T10:05:00Z'),
    });
    expect(await said()).toEqual(WHOLE);
    const [welcome, question] = await messages.list(sessionId(), userId(), 10);
    expect(welcome).toMatchObject({ metadata: { is_welcome: true }, createdAt: new Date('2024-06-01T10:00:00Z') });
    expect(question?.metadata).toEqual({
      is_voice_call: true,
      imported_from: 'cozychat',
      source_id: idOf(rows.messages[2]),
    });
    expect((await messages.search(userId(), 'tea', 10, null)).map(({ content }) => content)).toEqual(['Which tea?']);
  });

  it('is an admin only where that is wished', async () => {
    const boss = cozyUser(`boss${names}`, { role: 'admin' });
    const second = cozyUser(`second${names}`, { role: 'admin' });
    const none = { user_profiles: [], sessions: [], messages: [] };
    const { problems } = await bring({ ...none, users: [boss] });
    expect(problems).toMatchObject([{ part: 'users', kind: 'changed', reason: 'was an admin and is a user here' }]);
    await bring({ ...none, users: [second] }, { keepAdmins: true });
    const users = new UserRepository(test.database);
    expect((await users.find(idOf(boss)))?.role).toBe('user');
    expect((await users.find(idOf(second)))?.role).toBe('admin');
    await test.dataSource.query(`UPDATE users SET role = 'user' WHERE id = $1`, [idOf(second)]);
  });
});

describe('brought once more', () => {
  it('nothing is here twice, and nothing that was changed here is changed back', async () => {
    await bring(rows);
    await sessions.rename(sessionId(), userId(), 'Mine');
    const { counts } = await bring(rows);
    expect(counts).toEqual({
      users: { read: 1, added: 0, known: 1, leftOut: 0 },
      sessions: { read: 1, added: 0, known: 1, leftOut: 0 },
      messages: { read: 3, added: 0, known: 3, leftOut: 0 },
    });
    expect(await said()).toEqual(WHOLE);
    expect((await sessions.find(sessionId(), userId()))?.title).toBe('Mine');
  });

  it('what was said there since is added', async () => {
    await bring(rows);
    const [session = {}] = rows.sessions;
    rows.messages.push(cozyMessage(session, 9, 'user', 'Thanks'));
    expect((await bring(rows)).counts.messages).toEqual({ read: 4, added: 1, known: 3, leftOut: 0 });
    expect(await said()).toEqual([...WHOLE, [4, 'user', 'Thanks']]);
  });

  it('goes on where it was broken off', async () => {
    const [user = {}] = rows.users;
    const second = cozySession(user, { title: 'Second' });
    rows.sessions.push(second);
    rows.messages.push(cozyMessage(second, 1, 'user', 'Still there?'));
    let left = 1;
    const breaking = Object.assign(Object.create(target) as ImportRepository, {
      addSession: (...given: Parameters<ImportRepository['addSession']>) =>
        (left -= 1) < 0 ? Promise.reject(new Error('broken off')) : target.addSession(...given),
    });
    await expect(bring(rows, {}, breaking)).rejects.toThrow('broken off');
    const { counts } = await bring(rows);
    expect(counts.sessions).toEqual({ read: 2, added: 1, known: 1, leftOut: 0 });
    expect(await said()).toEqual(WHOLE);
    expect(await said(idOf(second))).toEqual([[1, 'user', 'Still there?']]);
  });

  it('a session that was deleted here stays deleted', async () => {
    await bring(rows);
    await sessions.delete(sessionId(), userId());
    const { problems } = await bring(rows);
    expect(problems).toMatchObject([{ part: 'sessions', id: sessionId(), kind: 'left out' }]);
    expect(await sessions.find(sessionId(), userId())).toBeUndefined();
  });
});

describe('a dry run', () => {
  it('tells what would be done, and does nothing', async () => {
    const { counts } = await bring(rows, { isDryRun: true });
    expect(counts.messages).toMatchObject({ read: 3, added: 3 });
    expect(await new UserRepository(test.database).find(userId())).toBeUndefined();
  });
});

describe('what cannot be taken', () => {
  const reasonsOf = async (from = rows) =>
    (await bring(from)).problems.map(({ part, kind, reason }) => `${part} ${kind}: ${reason}`);

  it('is a name that somebody has here, and all that belongs to it', async () => {
    const owner = await new UserRepository(test.database).find(await storedUser(test.database));
    rows.users = [{ ...rows.users[0], username: owner?.username.toUpperCase() }];
    expect(await reasonsOf()).toEqual([
      'users left out: its id, or the user name or e-mail address, belongs to somebody else here',
    ]);
    expect(await sessions.find(sessionId(), owner?.id ?? '')).toBeUndefined();
  });

  it('is a session whose id somebody else has here', async () => {
    await bring(rows);
    const thief = cozyUser(`thief${names}`);
    const stolen = { ...rows.sessions[0], user_id: thief['id'] };
    const report = await bring({ users: [thief], user_profiles: [], sessions: [stolen], messages: rows.messages });
    expect(report.problems).toMatchObject([{ part: 'sessions', id: sessionId(), kind: 'left out' }]);
    expect(await said()).toEqual(WHOLE);
  });

  it.each<[string, (from: CozyChatRows) => void, string]>([
    [
      'an account that was deleted',
      ({ users: [user] }) => Object.assign(user ?? {}, { status: 'deleted' }),
      'users left out: the account was deleted',
    ],
    [
      'an id that is no UUID',
      ({ users: [user] }) => Object.assign(user ?? {}, { id: '7' }),
      'users left out: the id is no UUID',
    ],
    [
      'a password of another kind',
      ({ users: [user] }) => Object.assign(user ?? {}, { password_hash: 'plain' }),
      'users changed: the password has a hash of an unknown kind: nobody can sign in with it',
    ],
    [
      'a session that was deleted',
      ({ sessions: [one] }) => Object.assign(one ?? {}, { deleted_at: '2024-07-01T00:00:00' }),
      'sessions left out: the session was deleted',
    ],
    [
      'a message that says nothing',
      ({ messages: [one] }) => Object.assign(one ?? {}, { content: '' }),
      'messages left out: there is nothing in it',
    ],
    [
      'a result of no call',
      ({ messages: [one] }) => Object.assign(one ?? {}, { role: 'tool' }),
      'messages left out: a tool’s result that names no call',
    ],
    [
      'calls of another form',
      ({ messages: [one] }) => Object.assign(one ?? {}, { tool_calls: ['x'] }),
      'messages changed: its tool calls have another form and were left out',
    ],
  ])('is told: %s', async (_name, change, reason) => {
    change(rows);
    expect(await reasonsOf()).toEqual([reason]);
  });

  it('counts rows that belong to nobody', async () => {
    rows.sessions.push(cozySession({ id: randomUUID() }));
    const report = await bring(rows);
    expect(report.orphans).toBe(1);
    expect(report.text()).toContain('1 × rows left out: their owner is not there');
  });
});

describe('from CozyChat’s own database', () => {
  let source: TestDatabase;
  beforeAll(async () => {
    source = await emptyDatabase();
  });
  afterAll(() => source.remove());

  it('refuses a database of another kind', async () => {
    const foreign = await ForeignDatabase.open(source.poolConfig);
    await expect(databaseSource(foreign)).rejects.toThrow('has no table "users"');
    await foreign.close();
  });

  it('is the same as from a file', async () => {
    await source.dataSource.query(COZYCHAT_SCHEMA);
    for (const table of ['users', 'user_profiles', 'sessions', 'messages'] as const) {
      await source.dataSource.query(
        `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
        [JSON.stringify(rows[table])],
      );
    }
    const foreign = await ForeignDatabase.open(source.poolConfig);
    const report = await new CozyChatImport(await databaseSource(foreign), target, {
      keepAdmins: false,
      isDryRun: false,
    }).run();
    await foreign.close();
    expect(report.problems).toEqual([]);
    expect(await said()).toEqual(WHOLE);
    expect((await bring(rows)).counts.messages).toEqual({ read: 3, added: 0, known: 3, leftOut: 0 });
    expect(await new UserRepository(test.database).find(userId())).toMatchObject({ interests: ['茶', 'hiking'] });
  });
});
