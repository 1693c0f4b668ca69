/**
 * Rows of the audit tables as exact text: numbers as their digits, times as microseconds since 1970, bytes in hex, JSON as
 * Postgres writes it. A Date or a number would hide what was changed behind its rounding.
 */
export interface AuditEventText {
  id: string;
  action: string;
  level: string;
  actorId: string | null;
  subject: string | null;
  requestId: string | null;
  outcome: string;
  details: string;
  createdAt: string;
}

/** An event on its way into the chain, with the tag of whoever wrote it. */
export interface SealedEventText extends AuditEventText {
  keyId: string;
  tag: string;
}

/** An event that stays in the inbox: it is tagged with a key that is not known, or the tag is not its own. */
export interface AuditRefusal {
  id: string;
  why: 'key' | 'tag';
}

export interface AuditRowText extends AuditEventText {
  seq: string;
  keyId: string;
  previousHash: string;
  signature: string;
}

export interface AuditHeadText {
  seq: string;
  hash: string;
  baseSeq: string;
  baseHash: string;
  keyId: string;
  signature: string;
}

export interface AuditCheckpointText {
  seq: string;
  hash: string;
  createdAt: string;
  keyId: string;
  signature: string;
}

const MICROSECONDS = `trunc(extract(epoch FROM created_at) * 1000000)::text AS "createdAt"`;
const hex = (column: string, name: string) => `encode(${column}, 'hex') AS "${name}"`;

export const EVENT_COLUMNS = `id::text, action, level, actor_id AS "actorId", subject, request_id AS "requestId", outcome,
  details::text AS details, ${MICROSECONDS}`;

/** No event of ours is longer; whoever wrote a longer one must not fill the memory of those who read it. */
const cut = (column: string, name = column) => `left(${column}, 300) AS "${name}"`;

export const SEALED_COLUMNS = `id::text, ${cut('action')}, ${cut('level')}, ${cut('actor_id', 'actorId')}, ${cut('subject')},
  ${cut('request_id', 'requestId')}, ${cut('outcome')}, left(details::text, 50000) AS details, ${MICROSECONDS},
  ${cut('key_id', 'keyId')}, encode(substring(tag FROM 1 FOR 64), 'hex') AS tag`;

/** What waits in the inbox: refused events do no more, unless it was for a key that is known by now. */
export const waiting = (knownKeys: string) => `(refused IS NULL OR (refused = 'key' AND key_id = ANY(${knownKeys})))`;

export const ROW_COLUMNS = `seq::text, ${EVENT_COLUMNS}, key_id AS "keyId", ${hex('previous_hash', 'previousHash')},
  ${hex('signature', 'signature')}`;

export const HEAD_COLUMNS = `seq::text, ${hex('hash', 'hash')}, base_seq::text AS "baseSeq",
  ${hex('base_hash', 'baseHash')}, key_id AS "keyId", ${hex('signature', 'signature')}`;

export const CHECKPOINT_COLUMNS = `seq::text, ${hex('hash', 'hash')}, ${MICROSECONDS}, key_id AS "keyId",
  ${hex('signature', 'signature')}`;

/** The time of a row's text; exact, as an interval of whole microseconds is. */
export const timeOf = (column: string) => `'epoch'::timestamptz + ${column}::bigint * interval '1 microsecond'`;
