import { randomUUID } from 'node:crypto';

/** Rows as CozyChat's tables hold them: times in UTC without saying so. */
type Row = Record<string, unknown>;

export interface CozyChatRows {
  users: Row[];
  user_profiles: Row[];
  sessions: Row[];
  messages: Row[];
}

/** bcrypt of "old password", as passlib makes it. */
export const OLD_PASSWORD = 'old password';
export const OLD_HASH = '$2b$04$o.TnO0eYUYNxduxwJ55UP.oOC1otLZrrgjDAnPCM5FDlQXmla3Hmi';

export const cozyUser = (name: string, fields: Row = {}): Row => ({
  id: randomUUID(),
  username: name,
  email: `${name}@example.com`,
  password_hash: OLD_HASH,
  role: 'user',
  status: 'active',
  display_name: null,
  avatar_url: null,
  bio: null,
  preferences: { theme: 'blue', language: 'zh-CN' },
  created_at: '2024-05-06T07:08:09.123456',
  updated_at: '2024-05-06T07:08:09.123456',
  last_login_at: null,
  deleted_at: null,
  ...fields,
});

export const cozySession = (user: Row, fields: Row = {}): Row => ({
  id: randomUUID(),
  user_id: user['id'],
  personality_id: 'health_assistant',
  title: '新会话',
  metadata: {},
  message_count: 0,
  total_tokens_used: 0,
  created_at: '2024-06-01T10:00:00',
  updated_at: '2024-06-01T10:00:00',
  last_message_at: '2024-06-01T10:05:00',
  deleted_at: null,
  ...fields,
});

/** `minute` orders messages in their session. */
export const cozyMessage = (session: Row, minute: number, role: string, content: string, fields: Row = {}): Row => ({
  id: randomUUID(),
  session_id: session['id'],
  user_id: session['user_id'],
  role,
  content,
  model: role === 'assistant' ? 'gpt-4' : null,
  tokens_used: null,
  tool_calls: null,
  memories_used: null,
  metadata: {},
  created_at: `2024-06-01T10:${String(minute).padStart(2, '0')}:00`,
  ...fields,
});

/** A user with a profile and one session of two turns. */
export function cozyChat(name: string): CozyChatRows {
  const user = cozyUser(name, { display_name: '小明', bio: 'Likes tea' });
  const session = cozySession(user, { title: '喝茶', total_tokens_used: 42 });
  return {
    users: [user],
    user_profiles: [
      { user_id: user['id'], interests: ['茶', 'hiking'], habits: {}, updated_at: '2024-06-01T10:00:00' },
    ],
    sessions: [session],
    messages: [
      // Not in their order: it is the time that counts.
      cozyMessage(session, 3, 'assistant', 'Green.'),
      cozyMessage(session, 0, 'assistant', 'Welcome!', { metadata: { is_welcome: true } }),
      cozyMessage(session, 2, 'user', 'Which tea?', { metadata: { is_voice_call: true, request_id: 'old' } }),
    ],
  };
}

/** The columns of CozyChat's tables that docs/migration.md names. */
export const COZYCHAT_SCHEMA = `
  CREATE TABLE users (id uuid PRIMARY KEY, username varchar(50) UNIQUE NOT NULL, email varchar(255) UNIQUE NOT NULL,
    password_hash varchar(255) NOT NULL, role varchar(20), status varchar(20), display_name varchar(100), avatar_url text,
    bio text, preferences jsonb, created_at timestamp, updated_at timestamp, last_login_at timestamp, deleted_at timestamp);
  CREATE TABLE user_profiles (user_id uuid PRIMARY KEY REFERENCES users (id), interests text[], habits jsonb, updated_at timestamp);
  CREATE TABLE sessions (id uuid PRIMARY KEY, user_id uuid REFERENCES users (id), personality_id varchar(100), title varchar(255),
    metadata jsonb, message_count int, total_tokens_used bigint, created_at timestamp, updated_at timestamp,
    last_message_at timestamp, deleted_at timestamp);
  CREATE TABLE messages (id uuid PRIMARY KEY, session_id uuid REFERENCES sessions (id), user_id uuid, role varchar(20),
    content text, model varchar(100), tokens_used jsonb, tool_calls jsonb, memories_used jsonb, metadata jsonb, created_at timestamp);`;
