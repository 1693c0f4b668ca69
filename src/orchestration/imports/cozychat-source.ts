import type { ForeignDatabase, ForeignRow } from '../../storage/imports/foreign-database.repository.js';

/** What a CozyChat has, wherever it is read from. */
export interface CozyChatSource {
  users(): AsyncIterable<ForeignRow>;
  profileOf(userId: string): Promise<ForeignRow | undefined>;
  sessionsOf(userId: string): AsyncIterable<ForeignRow>;
  messagesOf(sessionId: string): AsyncIterable<ForeignRow>;
  /** How many rows belong to nobody that `users` gives, as far as it is known. */
  orphans(): number;
}

const TABLES = ['users', 'sessions', 'messages'];

/** A CozyChat's own Postgres. Throws where it is none. */
export async function databaseSource(database: ForeignDatabase): Promise<CozyChatSource> {
  for (const table of TABLES) {
    if (!(await database.hasTable(table))) throw new Error(`The database has no table "${table}": is it CozyChat's?`);
  }
  const hasProfiles = await database.hasTable('user_profiles');
  return {
    users: () => database.rows('users'),
    profileOf: async (userId) => (hasProfiles ? database.row('user_profiles', 'user_id', userId) : undefined),
    sessionsOf: (userId) => database.rowsWhere('sessions', 'user_id', userId),
    messagesOf: (sessionId) => database.rowsWhere('messages', 'session_id', sessionId),
    // Its foreign keys allow none.
    orphans: () => 0,
  };
}

const isRow = (value: unknown): value is ForeignRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function listOf(whole: ForeignRow, name: string, isRequired: boolean): ForeignRow[] {
  const list = whole[name] ?? (isRequired ? undefined : []);
  if (!Array.isArray(list) || !list.every(isRow)) throw new Error(`The file has no list "${name}" of objects.`);
  return list;
}

function grouped(rows: readonly ForeignRow[], column: string): Map<string, ForeignRow[]> {
  const groups = new Map<string, ForeignRow[]>();
  for (const row of rows) {
    const key = String(row[column]);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

async function* each(rows: readonly ForeignRow[] = []): AsyncGenerator<ForeignRow> {
  yield* rows;
}

/** The tables as lists of rows in one JSON object. Throws where they are not. */
export function fileSource(text: string): CozyChatSource {
  const whole: unknown = JSON.parse(text);
  if (!isRow(whole)) throw new Error('The file is not a JSON object.');
  const users = listOf(whole, 'users', true);
  const sessions = listOf(whole, 'sessions', true);
  const messages = listOf(whole, 'messages', true);
  const profiles = grouped(listOf(whole, 'user_profiles', false), 'user_id');
  const byUser = grouped(sessions, 'user_id');
  const bySession = grouped(messages, 'session_id');
  const known = { users: grouped(users, 'id'), sessions: grouped(sessions, 'id') };
  return {
    users: () => each(users),
    profileOf: async (userId) => profiles.get(userId)?.[0],
    sessionsOf: (userId) => each(byUser.get(userId)),
    messagesOf: (sessionId) => each(bySession.get(sessionId)),
    orphans: () =>
      sessions.filter((row) => !known.users.has(String(row['user_id']))).length +
      messages.filter((row) => !known.sessions.has(String(row['session_id']))).length,
  };
}
