/** Rows of a table that may go, by an SQL condition. */
export interface OldRows {
  table: string;
  old: string;
  /** The column with the id that stays known of a row that was imported, so that importing again leaves it out. */
  importedId?: 'id' | 'session_id';
}

/** What is seen to one after the other, a piece of each in turn, until nothing of it is left. */
export type OldGroup = readonly OldRows[];

/** How many days something is kept after its end; 0 keeps it for ever. */
export interface RetentionDays {
  /** Deleted sessions and messages. */
  deleted: number;
  /** Sums of usage. */
  usage: number;
  /** Background work that was given up. */
  deadLetters: number;
  /** API keys that were revoked or have expired. */
  apiKeys: number;
  /** Refresh tokens that have expired: as long as an access token of the sign-in may live. */
  refreshTokens: number;
}

/** What has had its day by its own clock, looked at often: each by an index, or in a table that stays small. */
const EXPIRED_ROWS: readonly OldRows[] = [
  { table: 'sign_in_failures', old: `failed_at < now() - interval '24 hours'` },
  { table: 'idempotency_keys', old: 'expires_at < now()' },
  { table: 'used_tickets', old: 'expires_at < now()' },
  { table: 'realtime_secrets', old: 'expires_at < now()' },
  { table: 'outbox', old: `done_at < now() - interval '24 hours'` },
  { table: 'tool_exchanges', old: 'expires_at < now()' },
  // Far longer than a turn is retried.
  { table: 'learned_turns', old: `learned_at < now() - interval '90 days'` },
  // As long as a turn that was said before may still be learned from, also out of the dead letters.
  {
    table: 'forgotten_items',
    old: `forgotten_at < now() - interval '90 days' AND NOT EXISTS (SELECT 1 FROM outbox
      WHERE outbox.user_id = forgotten_items.user_id AND done_at IS NULL AND created_at < forgotten_at)`,
  },
  { table: 'canary_counts', old: 'expires_at < now()' },
  { table: 'account_exports', old: 'expires_at < now()' },
  { table: 'tool_approvals', old: `expires_at < now() - interval '30 days'` },
  // Longer than any answer is cached: what was cached under a generation must be gone before the generation is.
  { table: 'cache_generations', old: `raised_at < now() - interval '24 hours'` },
];

export const EXPIRED: readonly OldGroup[] = EXPIRED_ROWS.map((rows) => [rows]);

const before = (days: number) => `now() - interval '${Math.trunc(days)} days'`;

/** What the operator wants kept so long and no longer. */
export function retained(days: RetentionDays): OldGroup[] {
  return [
    ...(days.deleted > 0 ? deletedRows(before(days.deleted)) : []),
    ...(days.usage > 0 ? [[{ table: 'usage_daily', old: `day < (${before(days.usage)})::date` }]] : []),
    // That an account is to end is a promise, which is kept until it is kept.
    ...(days.deadLetters > 0
      ? [[{ table: 'outbox', old: `dead_at < ${before(days.deadLetters)} AND kind <> 'account.delete'` }]]
      : []),
    ...(days.apiKeys > 0
      ? [[{ table: 'api_keys', old: `least(revoked_at, expires_at) < ${before(days.apiKeys)}` }]]
      : []),
    [{ table: 'refresh_tokens', old: `expires_at < ${before(days.refreshTokens)}` }],
  ];
}

/** Sessions that are looked at at once, so that a piece costs the same however many wait. */
const SESSIONS_AT_ONCE = 100;

/** A session last, once it is empty: what hangs on one may be long, and would go with it in one statement. */
function deletedRows(limit: string): OldGroup[] {
  const oldest = `ANY (ARRAY(
    SELECT id FROM sessions WHERE deleted_at < ${limit} ORDER BY deleted_at LIMIT ${SESSIONS_AT_ONCE}))`;
  const isEmpty = `NOT EXISTS (SELECT 1 FROM messages WHERE session_id = sessions.id)
    AND NOT EXISTS (SELECT 1 FROM responses WHERE session_id = sessions.id)`;
  return [
    [{ table: 'messages', old: `deleted_at < ${limit}`, importedId: 'id' }],
    [
      { table: 'messages', old: `session_id = ${oldest}`, importedId: 'session_id' },
      { table: 'responses', old: `session_id = ${oldest}` },
      { table: 'sessions', old: `id = ${oldest} AND deleted_at < ${limit} AND ${isEmpty}`, importedId: 'id' },
    ],
  ];
}
