import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type {
  AuditCheckpointText,
  AuditEventText,
  AuditHeadText,
  AuditRowText,
} from '../../storage/audit/audit-chain.repository.js';

/** The hash before the first row. */
export const NO_HASH = '0'.repeat(64);

const KEY_ID_DIGITS = 12;

/** The keys that sign and verify; a key's id is derived from it, so that every instance agrees. */
export class AuditKeyring {
  readonly currentId: string;
  private readonly keys: Map<string, Buffer>;

  /** `previous` may be several, separated by commas. */
  constructor(current: string, previous = '') {
    const secrets = [current, previous, ...previous.split(',').map((secret) => secret.trim())].filter(Boolean);
    this.currentId = idOf(current);
    this.keys = new Map(secrets.map((secret) => [idOf(secret), Buffer.from(secret, 'utf8')]));
  }

  get ids(): string[] {
    return [...this.keys.keys()];
  }

  knows(keyId: string): boolean {
    return this.keys.has(keyId);
  }

  sign(bytes: Buffer): string {
    return this.hmac(this.currentId, bytes)?.toString('hex') ?? '';
  }

  verifies(keyId: string, bytes: Buffer, signature: string): boolean {
    const expected = this.hmac(keyId, bytes);
    const given = Buffer.from(signature, 'hex');
    return expected !== undefined && expected.length === given.length && timingSafeEqual(expected, given);
  }

  private hmac(keyId: string, bytes: Buffer): Buffer | undefined {
    const key = this.keys.get(keyId);
    return key && createHmac('sha256', key).update(bytes).digest();
  }
}

const idOf = (secret: string) => createHash('sha256').update(`audit:${secret}`).digest('hex').slice(0, KEY_ID_DIGITS);

/** A JSON array of texts and nulls: no two different lists of fields have the same bytes. */
export const encode = (kind: string, fields: (string | null)[]) =>
  Buffer.from(JSON.stringify([`cozy-audit-${kind}-1`, ...fields]), 'utf8');

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * One text for all JSON texts that mean the same to jsonb: keys in order, no spaces, strings escaped in one way. Numbers
 * keep their digits as they stand, since reading 1.0 or 9007199254740993 as a number would hide an edit.
 */
export function canonicalJson(text: string): string {
  const tagged = text.replaceAll(TOKENS, (token) => (token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`));
  return write(JSON.parse(tagged));
}

function write(value: unknown): string {
  if (typeof value === 'string') return value.startsWith('n') ? value.slice(1) : JSON.stringify(value.slice(1));
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key.slice(1))}:${write(entry)}`).join(',')}}`;
}

/** The same of a value that JSON.stringify wrote: many times as fast, as every event is sealed with it. */
export function canonicalValue(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalValue).join(',')}]`;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalValue(entry)}`).join(',')}}`;
}

/** What a row signs: all its columns but the signature. */
export function rowBytes(row: Omit<AuditRowText, 'signature'>): Buffer {
  return encode('row', [
    row.seq,
    row.id,
    row.action,
    row.level,
    row.actorId,
    row.subject,
    row.requestId,
    row.outcome,
    canonicalJson(row.details),
    row.createdAt,
    row.keyId,
    row.previousHash,
  ]);
}

/** What the next row's `previous_hash` holds: SHA-256 of the row's signed bytes and of its signature. */
export function rowHash(row: AuditRowText): string {
  return createHash('sha256').update(rowBytes(row)).update(Buffer.from(row.signature, 'hex')).digest('hex');
}

export const headBytes = (head: Omit<AuditHeadText, 'signature'>): Buffer =>
  encode('head', [head.seq, head.hash, head.baseSeq, head.baseHash, head.keyId]);

export const checkpointBytes = (checkpoint: Omit<AuditCheckpointText, 'signature'>): Buffer =>
  encode('checkpoint', [checkpoint.seq, checkpoint.hash, checkpoint.createdAt, checkpoint.keyId]);

export function signHead(keys: AuditKeyring, head: Omit<AuditHeadText, 'keyId' | 'signature'>): AuditHeadText {
  const { seq, hash, baseSeq, baseHash } = head;
  const unsigned = { seq, hash, baseSeq, baseHash, keyId: keys.currentId };
  return { ...unsigned, signature: keys.sign(headBytes(unsigned)) };
}

export const genesisOf = (keys: AuditKeyring): AuditHeadText =>
  signHead(keys, { seq: '0', hash: NO_HASH, baseSeq: '0', baseHash: NO_HASH });

export function signCheckpoint(keys: AuditKeyring, head: AuditHeadText, now: Date): AuditCheckpointText {
  const createdAt = `${now.getTime()}000`;
  const unsigned = { seq: head.seq, hash: head.hash, createdAt, keyId: keys.currentId };
  return { ...unsigned, signature: keys.sign(checkpointBytes(unsigned)) };
}

/** Puts events behind the head: the rows, and the head after them. */
export function link(
  keys: AuditKeyring,
  head: AuditHeadText,
  events: AuditEventText[],
): { rows: AuditRowText[]; head: AuditHeadText } {
  let previousHash = head.hash;
  const first = BigInt(head.seq) + 1n;
  const rows = events.map((event, index) => {
    const unsigned = { ...event, seq: String(first + BigInt(index)), keyId: keys.currentId, previousHash };
    const row = { ...unsigned, signature: keys.sign(rowBytes(unsigned)) };
    previousHash = rowHash(row);
    return row;
  });
  return { rows, head: signHead(keys, { ...head, seq: rows.at(-1)?.seq ?? head.seq, hash: previousHash }) };
}
