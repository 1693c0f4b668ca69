import { createHmac, timingSafeEqual } from 'node:crypto';

const SEPARATOR = '.';
/** Half of a SHA-256 is out of anybody's reach, and the id stays short. */
const MARK_LENGTH = 22;

/**
 * Mem0 deletes a memory by its id alone, whoever it belongs to. So the ids that users see carry a mark that only this
 * server can make, for one user and one memory: what is not marked for a user, the user does not have.
 */
export class OwnedIds {
  constructor(private readonly key: string) {}

  /** The id as the user sees it. */
  sign(userId: string, id: string): string {
    return `${id}${SEPARATOR}${this.mark(userId, id)}`;
  }

  /** Mem0's own id; undefined where it was not given to this user. */
  open(userId: string, signed: string): string | undefined {
    const at = signed.lastIndexOf(SEPARATOR);
    if (at <= 0) return undefined;
    const id = signed.slice(0, at);
    const given = Buffer.from(signed.slice(at + 1));
    const expected = Buffer.from(this.mark(userId, id));
    return given.length === expected.length && timingSafeEqual(given, expected) ? id : undefined;
  }

  private mark(userId: string, id: string): string {
    const parts = JSON.stringify(['mem0', userId, id]);
    return createHmac('sha256', this.key).update(parts).digest('base64url').slice(0, MARK_LENGTH);
  }
}
