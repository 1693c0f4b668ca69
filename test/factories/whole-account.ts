import { newId } from '../../src/core/util/ids.js';
import type { Database } from '../../src/storage/database/database.js';
import { MemoryRepository } from '../../src/storage/memories/memory.repository.js';
import { type NewMessage, TurnRepository } from '../../src/storage/messages/turn.repository.js';
import { ProfileFactRepository } from '../../src/storage/profile-facts/profile-fact.repository.js';
import { SessionRepository } from '../../src/storage/sessions/session.repository.js';

export const newMessage = (content: string, role: NewMessage['role'] = 'user'): NewMessage => ({
  id: newId(),
  role,
  content,
  parts: null,
  toolCalls: null,
  toolCallId: null,
  name: null,
  metadata: { request_id: 'r' },
});

export const usageOf = (personalityId = 'p') => ({
  id: newId(),
  model: 'm',
  personalityId,
  promptTokens: 2,
  completionTokens: 3,
  costUsd: '0',
});

export async function storedSession(database: Database, userId: string): Promise<string> {
  const session = { id: newId(), userId, personalityId: 'p', title: 'A title of mine', welcome: null };
  return (await new SessionRepository(database).create(session)).id;
}

/** A turn in which the user says something and is answered; it promises to be remembered. The ids that it has. */
export async function storedTurn(database: Database, userId: string, sessionId: string, text: string) {
  const turns = new TurnRepository(database);
  const key = { sessionId, userId, turnId: newId() };
  const question = newMessage(text);
  const seq = (await turns.open(key, [question])) ?? 0;
  await turns.close(key, seq, newMessage(`Answer to: ${text}`, 'assistant'), usageOf(), {
    titleId: newId(),
    others: ['memory.add', 'profile.update'].map((kind) => ({ id: newId(), kind, delayMs: 0, deadCode: null })),
  });
  return { ...key, messageId: question.id };
}

/** One row at least in every table that knows users: what an account is made of. */
export async function fillAccount(database: Database, userId: string): Promise<{ sessionId: string }> {
  const sessionId = await storedSession(database, userId);
  const turn = await storedTurn(database, userId, sessionId, 'My secret garden');
  const createdAt = new Date();
  const memory = {
    id: newId(),
    userId,
    sessionId,
    messageId: turn.messageId,
    turnId: turn.turnId,
    kind: 'said' as const,
    text: 'My secret garden',
    hash: Buffer.from('hash'),
    outline: '',
    vector: null,
    createdAt,
  };
  const memories = new MemoryRepository(database);
  await memories.addTurns([{ userId, turnId: turn.turnId }], [memory]);
  const nowhere = { sessionId: null, messageId: null, turnId: null };
  const again = { ...memory, ...nowhere, id: newId(), text: 'forgotten', hash: Buffer.from('other') };
  await memories.remove(userId, (await memories.keep(again)).id);
  const belief = {
    id: newId(),
    key: 'home',
    slot: 'home',
    value: 'Garden',
    source: 'rules' as const,
    messageId: turn.messageId,
    validFrom: createdAt,
  };
  const place = { userId, turnId: turn.turnId };
  await new ProfileFactRepository(database).learn([place], [{ ...place, belief }], false);
  const rows: [string, unknown[]][] = [
    [
      `INSERT INTO refresh_tokens (id, user_id, family_id, token_hash, device_id, expires_at) VALUES ($2, $1, $2, $3, 'phone', now())`,
      [newId(), Buffer.from(newId())],
    ],
    [
      `INSERT INTO api_keys (id, user_id, name, prefix, key_hash, scopes) VALUES ($2, $1, 'key', 'ck_prefix', $3, '{chat:read}')`,
      [newId(), Buffer.from(newId())],
    ],
    [
      `INSERT INTO usage_daily (user_id, day, model, personality_id, requests) VALUES ($1, '2026-01-02', 'm', 'p', 3)`,
      [],
    ],
    [
      `INSERT INTO idempotency_keys (user_id, key, request_hash, instance_id, locked_until, expires_at) VALUES ($1, 'k', '', $2, now(), now())`,
      [newId()],
    ],
    [`INSERT INTO tool_exchanges (user_id, key, exchange, expires_at) VALUES ($1, 'k', '{}', now())`, []],
    [
      `INSERT INTO tool_approvals (id, user_id, session_id, tool, arguments, by_user, expires_at, decided_by) VALUES ($2, $1, $3, 'mail', '{"to": "x"}', true, now(), $1)`,
      [newId(), sessionId],
    ],
    [
      `INSERT INTO realtime_secrets (id, user_id, secret_hash, is_api_key, token_version, wish, expires_at)
       VALUES ($2, $1, $3, false, 0, '{}', now())`,
      [newId(), Buffer.from(newId())],
    ],
    [`INSERT INTO forgotten_imports (user_id, id) VALUES ($1, $2)`, [newId()]],
    [`INSERT INTO learning_horizons (user_id, engine, forgotten_until) VALUES ($1, 'memory', '2020-01-01')`, []],
    [`INSERT INTO outbox_leases (user_id, kind, holder, locked_until) VALUES ($1, 'memory.add', $2, now())`, [newId()]],
    [`INSERT INTO account_exports (id, user_id, expires_at) VALUES ($2, $1, now() + interval '1 day')`, [newId()]],
    [
      `INSERT INTO account_export_parts (export_id, place, content) SELECT id, 0, '' FROM account_exports WHERE user_id = $1`,
      [],
    ],
    [
      `INSERT INTO documents (id, owner_id, dataset, title, content_type, content, bytes)
       VALUES ($2, $1, 'notes', 'My garden', 'text/plain', '[]', 1)`,
      [newId()],
    ],
    [
      `INSERT INTO session_summaries (session_id, user_id, covers_to, text, tokens) VALUES ($2, $1, 1, 'My garden', 2)`,
      [sessionId],
    ],
    [
      `INSERT INTO responses (id, user_id, session_id, seq, makes_session, input, body) VALUES ($2, $1, $3, 2, true, '[]', '{}')`,
      [turn.turnId, sessionId],
    ],
    [`INSERT INTO cache_generations (subject, generation) VALUES (md5($1::text), $2)`, [newId()]],
  ];
  for (const [at, [text, values]] of rows.entries())
    await database.query(`fill_account_${at}`, text, [userId, ...values]);
  return { sessionId };
}
