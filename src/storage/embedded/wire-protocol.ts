/** PostgreSQL wire protocol 3: cutting bytes into messages and building the few messages the embedded server says itself. */

/** One message of a client: its type letter and all its bytes, header included. */
export interface Frame {
  type: string;
  bytes: Buffer;
}

/** What a client asks for before the session begins. */
export type StartupRequest =
  { kind: 'encryption' } | { kind: 'cancel' } | { kind: 'startup'; parameters: Map<string, string> };

/** `I` idle, `T` inside a transaction, `E` inside a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** One answer of the server, taken apart. */
export interface ServerAnswer {
  /** Everything but the notifications, in order. */
  own: Buffer;
  /** NotificationResponse messages, for whoever listens on the channel. */
  notifications: { channel: string; bytes: Buffer }[];
  /** Status of the last ReadyForQuery; null when the answer has none. */
  status: TransactionStatus | null;
  /** The first error's message text, if any. */
  error: string | null;
}

export class WireProtocolError extends Error {
  override readonly name = 'WireProtocolError';
}

const HEADER = 5;
/** What PostgreSQL itself allows for one message (1 GiB). */
const MAX_MESSAGE_BYTES = 0x3fffffff;
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

/** Collects a client's bytes, in chunks of any size, and hands out whole messages. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#size += chunk.byteLength;
  }

  /** The next startup-phase message (no type letter), or null until it is whole. */
  nextStartup(): StartupRequest | null {
    const length = this.#peekLength(0);
    const bytes = length === null ? null : this.#take(length);
    return bytes && parseStartup(bytes);
  }

  /** The next message, or null until it is whole. */
  next(): Frame | null {
    const length = this.#peekLength(1);
    const bytes = length === null ? null : this.#take(length + 1);
    return bytes && { type: String.fromCharCode(bytes.readUInt8(0)), bytes };
  }

  #peekLength(offset: number): number | null {
    const head = this.#peek(offset + 4);
    if (!head) return null;
    const length = head.readInt32BE(offset);
    if (length < 4 || length > MAX_MESSAGE_BYTES) throw new WireProtocolError(`message length ${length} is not valid`);
    return length;
  }

  /** Joins the chunks only once enough bytes are there: a big message is copied once, not once per chunk. */
  #peek(size: number): Buffer | null {
    if (this.#size < size) return null;
    const [first] = this.#chunks;
    if (first && first.length >= size) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  #take(size: number): Buffer | null {
    const head = this.#peek(size);
    if (!head) return null;
    const rest = head.subarray(size);
    this.#chunks.splice(0, 1, ...(rest.length > 0 ? [rest] : []));
    this.#size -= size;
    return head.subarray(0, size);
  }
}

/** Reads a message of the startup phase: `bytes` is the whole message, length included. */
export function parseStartup(bytes: Buffer): StartupRequest {
  if (bytes.length < 8) throw new WireProtocolError('the startup message is too short');
  const code = bytes.readInt32BE(4);
  if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: 'encryption' };
  if (code === CANCEL_REQUEST) return { kind: 'cancel' };
  if (code >> 16 !== 3) throw new WireProtocolError(`protocol version ${code >> 16} is not supported`);
  const words = bytes.toString('utf8', 8).split('\0');
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < words.length && words[i]; i += 2) parameters.set(words[i] ?? '', words[i + 1] ?? '');
  return { kind: 'startup', parameters };
}

/** Takes a server's answer apart: notifications go to the listeners, the rest to the connection that asked. */
export function splitAnswer(output: Buffer): ServerAnswer {
  const own: Buffer[] = [];
  const answer: ServerAnswer = { own: output, notifications: [], status: null, error: null };
  let ownFrom = 0;
  for (let at = 0; at + HEADER <= output.length;) {
    const end = at + 1 + output.readInt32BE(at + 1);
    const bytes = output.subarray(at, end);
    if (bytes[0] === 0x41) {
      own.push(output.subarray(ownFrom, at));
      answer.notifications.push({ channel: cString(bytes, HEADER + 4), bytes });
      ownFrom = end;
    } else noteStatus(answer, bytes);
    at = end;
  }
  if (answer.notifications.length > 0) answer.own = Buffer.concat([...own, output.subarray(ownFrom)]);
  return answer;
}

function noteStatus(answer: ServerAnswer, bytes: Buffer): void {
  const type = bytes[0];
  if (type === 0x5a) answer.status = toStatus(bytes[HEADER]);
  else if (type === 0x45) answer.error ??= errorText(bytes);
}

function toStatus(byte: number | undefined): TransactionStatus {
  if (byte === 0x54) return 'T';
  return byte === 0x45 ? 'E' : 'I';
}

function errorText(bytes: Buffer): string {
  const fields = bytes.toString('utf8', HEADER).split('\0');
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'unknown error';
}

/** The zero-terminated string at `offset`. */
export function cString(bytes: Buffer, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return bytes.toString('utf8', offset, end === -1 ? bytes.length : end);
}

/** A message: type letter, length, body. Strings are zero-terminated. */
export function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const header = Buffer.alloc(HEADER);
  header.write(type, 0, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

export const SYNC = message('S');

export function query(sql: string): Buffer {
  return message('Q', sql);
}

export function closeStatement(name: string): Buffer {
  return message('C', Buffer.from('S'), name);
}

export function readyForQuery(status: TransactionStatus): Buffer {
  return message('Z', Buffer.from(status));
}

export function errorResponse(code: string, text: string, severity: 'ERROR' | 'FATAL' = 'ERROR'): Buffer {
  return message('E', `S${severity}`, `V${severity}`, `C${code}`, `M${text}`, Buffer.from([0]));
}

/** AuthenticationOk: the embedded server is reachable from this process only, so it asks for no password. */
export function authenticationOk(): Buffer {
  return message('R', int32(0));
}

/** The connection's id in place of a process id; the secret is 0 because cancelling is not possible. */
export function backendKeyData(id: number): Buffer {
  return message('K', int32(id), int32(0));
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** The startup message of a client. */
export function startup(parameters: Record<string, string>): Buffer {
  const words = [...Object.entries(parameters).flat(), ''].map((word) => Buffer.from(`${word}\0`));
  const body = Buffer.concat([int32(3 << 16), ...words]);
  return Buffer.concat([int32(body.length + 4), body]);
}

/** Only the ParameterStatus messages of an answer. */
export function parameterStatuses(output: Buffer): Buffer {
  const found: Buffer[] = [];
  for (let at = 0; at + HEADER <= output.length; at += 1 + output.readInt32BE(at + 1)) {
    if (output[at] === 0x53) found.push(output.subarray(at, at + 1 + output.readInt32BE(at + 1)));
  }
  return Buffer.concat(found);
}
