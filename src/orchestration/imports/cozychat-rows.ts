import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import type { ToolCall } from '../../core/domain/chat.js';
import { isUntitled } from '../../core/domain/session-title.js';
import { isUuid } from '../../core/util/ids.js';
import type { ForeignRow } from '../../storage/imports/foreign-database.repository.js';
import type { ImportedMessage, ImportedSession, ImportedUser } from '../../storage/imports/import.repository.js';
import { isLegacyHash } from '../auth/password.js';

/** A row as it can be taken, or why it cannot; `notes` tell what of it is left behind. */
export type Taken<Record> = { record: Record; notes: string[] } | { refused: string };

const MAX_NAME = 255;
const MAX_DISPLAY_NAME = 100;
const MAX_BIO = 2000;
const MAX_INTERESTS = 50;
const MAX_INTEREST = 80;
const MAX_AVATAR = 8_500_000;
const MAX_PREFERENCES = 65_536;
/** Nobody can sign in with it: no password has this hash. */
const NO_PASSWORD = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
/** What the engine itself notes of messages under these names decides how it goes on from them. */
const OWN_NOTES = ['error_code', 'unanswered', 'interrupted', 'instance_id', 'request_id', 'imported_from'];

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** CozyChat stores UTC without saying so. Null where it is no time. */
export function instantOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim().replace(' ', 'T');
  const date = new Date(/(?:Z|[+-]\d\d(?::?\d\d)?)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The same for the same message, and in the order of time as the engine's own ids are. */
export function messageId(sourceId: string, createdAt: string): string {
  const digest = createHash('sha256').update(sourceId).digest();
  return v7({ msecs: Date.parse(createdAt), random: digest.subarray(0, 16), seq: digest.readUInt32BE(16) >>> 1 });
}

function bounded(value: unknown, most: number, name: string, notes: string[]): string | null {
  const text = textOf(value);
  if (text === null || text.length <= most) return text;
  notes.push(`${name} was longer than ${most} characters and was cut`);
  return text.slice(0, most).toWellFormed();
}

function passwordHash(row: ForeignRow, notes: string[]): string {
  const hash = textOf(row['password_hash']);
  if (hash && (isLegacyHash(hash) || hash.startsWith('$argon2'))) return hash;
  notes.push('the password has a hash of an unknown kind: nobody can sign in with it');
  return NO_PASSWORD;
}

function interestsOf(profile: ForeignRow | undefined, notes: string[]): string[] {
  const given: unknown = profile?.['interests'];
  if (!Array.isArray(given)) return [];
  const fitting = given.filter((entry): entry is string => typeof entry === 'string' && entry.length <= MAX_INTEREST);
  if (fitting.length < given.length || fitting.length > MAX_INTERESTS) notes.push('not all interests were taken');
  return fitting.slice(0, MAX_INTERESTS);
}

function preferencesOf(row: ForeignRow, notes: string[]): Record<string, unknown> {
  const given: unknown = row['preferences'];
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return {};
  if (JSON.stringify(given).length <= MAX_PREFERENCES) return given as Record<string, unknown>;
  notes.push('the preferences are longer than 64 KB and were left out');
  return {};
}

function avatarOf(row: ForeignRow, notes: string[]): string | null {
  const url = textOf(row['avatar_url']);
  if (url === null || url.length <= MAX_AVATAR) return url;
  notes.push('the picture is too large and was left out');
  return null;
}

/** Admins of the other system are users of this one, unless it is wished otherwise. */
function roleOf(row: ForeignRow, keepAdmins: boolean, notes: string[]): 'admin' | 'user' {
  if (row['role'] !== 'admin') return 'user';
  if (keepAdmins) return 'admin';
  notes.push('was an admin and is a user here');
  return 'user';
}

const isNamed = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME;

const isId = (value: unknown): value is string => typeof value === 'string' && isUuid(value);

function whyNoUser({ id, username, email, status, deleted_at: deletedAt, created_at: createdAt }: ForeignRow) {
  if (!isId(id)) return 'the id is no UUID';
  if (!isNamed(username)) return 'there is no user name';
  if (!isNamed(email)) return 'there is no e-mail address';
  if (status === 'deleted' || textOf(deletedAt)) return 'the account was deleted';
  return instantOf(createdAt) === null ? 'created_at is no time' : undefined;
}

export function userOf(
  row: ForeignRow,
  profile: ForeignRow | undefined,
  options: { keepAdmins: boolean },
): Taken<ImportedUser> {
  const refused = whyNoUser(row);
  if (refused) return { refused };
  const notes: string[] = [];
  const record: ImportedUser = {
    id: String(row['id']).toLowerCase(),
    username: String(row['username']),
    email: String(row['email']),
    passwordHash: passwordHash(row, notes),
    role: roleOf(row, options.keepAdmins, notes),
    status: row['status'] === 'suspended' ? 'suspended' : 'active',
    displayName: bounded(row['display_name'], MAX_DISPLAY_NAME, 'display_name', notes),
    bio: bounded(row['bio'], MAX_BIO, 'bio', notes),
    interests: interestsOf(profile, notes),
    avatarUrl: avatarOf(row, notes),
    preferences: preferencesOf(row, notes),
    createdAt: instantOf(row['created_at']) ?? '',
    lastLoginAt: instantOf(row['last_login_at']),
  };
  return { record, notes };
}

function whyNoSession({ id, deleted_at: deletedAt, created_at: createdAt, personality_id: personalityId }: ForeignRow) {
  if (!isId(id)) return 'the id is no UUID';
  if (textOf(deletedAt)) return 'the session was deleted';
  if (!isNamed(personalityId)) return 'there is no personality';
  return instantOf(createdAt) === null ? 'created_at is no time' : undefined;
}

const countOf = (value: unknown): number => {
  const count = Number(value ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
};

export function sessionOf(row: ForeignRow, userId: string): Taken<ImportedSession> {
  const refused = whyNoSession(row);
  if (refused) return { refused };
  const notes: string[] = [];
  const title = bounded(row['title'], MAX_NAME, 'title', notes);
  const createdAt = instantOf(row['created_at']) ?? '';
  const record = {
    id: String(row['id']).toLowerCase(),
    userId,
    personalityId: String(row['personality_id']),
    title: isUntitled(title) ? null : title,
    totalTokens: countOf(row['total_tokens_used']),
    createdAt,
    lastMessageAt: instantOf(row['last_message_at']) ?? createdAt,
  };
  return { record, notes };
}

const isCall = (call: unknown): call is ToolCall => {
  if (typeof call !== 'object' || call === null) return false;
  const { id, function: called } = call as { id?: unknown; function?: { name?: unknown; arguments?: unknown } };
  return typeof id === 'string' && typeof called?.name === 'string' && typeof called.arguments === 'string';
};

function callsOf(row: ForeignRow, notes: string[]): ToolCall[] | null {
  const given: unknown = row['tool_calls'];
  if (!Array.isArray(given) || given.length === 0) return null;
  if (!given.every(isCall)) {
    notes.push('its tool calls have another form and were left out');
    return null;
  }
  return given.map(({ id, function: { name, arguments: text } }) => ({
    id,
    type: 'function',
    function: { name, arguments: text },
  }));
}

function notesOf(row: ForeignRow, sourceId: string): Record<string, unknown> {
  const given: unknown = row['metadata'];
  const kept = typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : [];
  return {
    ...Object.fromEntries(kept.filter(([name]) => !OWN_NOTES.includes(name))),
    ...(textOf(row['model']) && { model: row['model'] }),
    imported_from: 'cozychat',
    source_id: sourceId,
  };
}

const ROLES = ['user', 'assistant', 'system', 'tool'] as const;

/** Of a tool's result: the call that it answers. */
function callIdOf(row: ForeignRow): string | null {
  const { metadata } = row;
  const noted =
    typeof metadata === 'object' && metadata !== null ? (metadata as ForeignRow)['tool_call_id'] : undefined;
  return textOf(row['tool_call_id']) ?? textOf(noted);
}

function whyNoMessage(row: ForeignRow): string | undefined {
  if (textOf(row['id']) === null) return 'there is no id';
  if (!ROLES.some((known) => known === row['role'])) return 'the role is unknown';
  if (instantOf(row['created_at']) === null) return 'created_at is no time';
  return row['role'] === 'tool' && callIdOf(row) === null ? 'a tool’s result that names no call' : undefined;
}

export function messageOf(row: ForeignRow): Taken<ImportedMessage> {
  const refused = whyNoMessage(row);
  if (refused) return { refused };
  const role = row['role'] as (typeof ROLES)[number];
  const id = String(row['id']);
  const createdAt = instantOf(row['created_at']) ?? '';
  const notes: string[] = [];
  const toolCalls = role === 'assistant' ? callsOf(row, notes) : null;
  const content = textOf(row['content']);
  if (content === null && toolCalls === null) return { refused: 'there is nothing in it' };
  const toolCallId = role === 'tool' ? callIdOf(row) : null;
  const metadata = notesOf(row, id);
  return { record: { id: messageId(id, createdAt), role, content, toolCalls, toolCallId, metadata, createdAt }, notes };
}
