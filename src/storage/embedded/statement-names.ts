import { cString, type Frame } from './wire-protocol.js';

/** What a message says about a named prepared statement, under the name the server knows it by. */
export interface StatementUse {
  action: 'prepare' | 'close';
  name: string;
}

const BODY = 5;

/**
 * Puts `prefix` before the named statements and portals of a client's message: all connections share one session, and
 * two of them may use the same name. The unnamed ones stay unnamed. Messages without names come back unchanged.
 */
export function prefixNames(frame: Frame, prefix: string): Frame {
  const named = nameOffsets(frame).filter((offset) => frame.bytes[offset] !== 0);
  if (named.length === 0) return frame;
  const parts: Buffer[] = [];
  let copied = 0;
  for (const offset of named) {
    parts.push(frame.bytes.subarray(copied, offset), Buffer.from(prefix));
    copied = offset;
  }
  const bytes = Buffer.concat([...parts, frame.bytes.subarray(copied)]);
  bytes.writeInt32BE(bytes.length - 1, 1);
  return { type: frame.type, bytes };
}

function nameOffsets({ type, bytes }: Frame): number[] {
  switch (type) {
    case 'P': // Parse: statement
    case 'E': // Execute: portal
      return [BODY];
    case 'B': // Bind: portal, statement
      return [BODY, bytes.indexOf(0, BODY) + 1];
    case 'C': // Close and Describe: 'S' or 'P', then the name
    case 'D':
      return [BODY + 1];
    default:
      return [];
  }
}

/** Which named statement a message creates or closes; null for every other message. */
export function statementUse({ type, bytes }: Frame): StatementUse | null {
  const closes = type === 'C' && bytes[BODY] === 0x53;
  if (type !== 'P' && !closes) return null;
  const name = cString(bytes, closes ? BODY + 1 : BODY);
  return name === '' ? null : { action: closes ? 'close' : 'prepare', name };
}
