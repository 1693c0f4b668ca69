import { cString, message, type Frame } from './wire-protocol.js';

/** A statement that is about the whole session, which the embedded connections share. */
export type SessionStatement =
  | { kind: 'listen'; channel: string }
  | { kind: 'unlisten'; channel: string | null }
  | { kind: 'discard' }
  | { kind: 'deallocate' };

const NAME = String.raw`("(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
/** What may stand around a statement: BullMQ's LISTEN comes with a comment above it. */
const BLANK = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)*`;
const alone = (statement: string) => new RegExp(`^${BLANK}${statement}${BLANK};?${BLANK}$`, 'i');
const LISTEN = alone(String.raw`listen\s+${NAME}`);
const UNLISTEN = alone(String.raw`unlisten\s+(?:(\*)|${NAME})`);
const DISCARD = alone(String.raw`(discard|deallocate(?:\s+prepare)?)\s+all`);
/** Longer texts are never one of these: megabytes of SQL are not decoded to find out. */
const LONGEST = 1000;

/** Harmless for the other connections: nobody listens on this channel. */
const UNLISTEN_NOTHING = 'UNLISTEN "_"';
const DISCARD_NOTHING = 'DISCARD PLANS';

/** Recognises LISTEN, UNLISTEN, DISCARD ALL and DEALLOCATE ALL when they stand alone; null for everything else. */
export function parseSessionStatement(sql: string): SessionStatement | null {
  const listen = LISTEN.exec(sql);
  if (listen) return { kind: 'listen', channel: channelName(listen[1] ?? '') };
  const unlisten = UNLISTEN.exec(sql);
  if (unlisten) return { kind: 'unlisten', channel: unlisten[1] ? null : channelName(unlisten[2] ?? '') };
  const discard = DISCARD.exec(sql)?.[1]?.toLowerCase();
  if (discard === undefined) return null;
  return { kind: discard === 'discard' ? 'discard' : 'deallocate' };
}

/** The session statement a client's message holds, if any; only Query and Parse carry SQL. */
export function sessionStatementOf(frame: Frame): SessionStatement | null {
  if ((frame.type !== 'Q' && frame.type !== 'P') || frame.bytes.length > LONGEST) return null;
  return parseSessionStatement(cString(frame.bytes, sqlOffset(frame)));
}

/** The message with its SQL exchanged for one that leaves the other connections' listening and statements alone. */
export function withoutSideEffects(frame: Frame, statement: SessionStatement): Frame {
  if (statement.kind === 'listen') return frame;
  const sql = statement.kind === 'unlisten' ? UNLISTEN_NOTHING : DISCARD_NOTHING;
  const from = sqlOffset(frame);
  const before = frame.bytes.subarray(5, from);
  const after = frame.bytes.subarray(frame.bytes.indexOf(0, from) + 1);
  return { type: frame.type, bytes: message(frame.type, before, sql, after) };
}

function sqlOffset({ type, bytes }: Frame): number {
  return type === 'P' ? bytes.indexOf(0, 5) + 1 : 5;
}

/** As PostgreSQL folds identifiers: unquoted in lower case, at most 63 bytes. */
function channelName(written: string): string {
  const name = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
  return Buffer.from(name).subarray(0, 63).toString();
}
