import { createHash, randomBytes } from 'node:crypto';

/** Of one call; whoever asks for more has forgotten the oldest. */
const MOST_OPEN = 32;
const SECRET_BYTES = 24;

const hashOf = (invitation: string) => createHash('sha256').update(invitation).digest('base64url');

/** Which instance made an invitation, as far as can be seen from outside; undefined for what is none. */
export const instanceOf = (invitation: string): string | undefined => /^([\w-]{1,64})\.[\w-]+$/.exec(invitation)?.[1];

/** The invitations to one call: each is good once, for a while, and only where the call lives. */
export class CallInvitations {
  private readonly open = new Map<string, number>();

  constructor(private readonly instanceId: string) {}

  /** @param now milliseconds. */
  make(seconds: number, now: number): string {
    for (const [hash, until] of this.open) if (until <= now || this.open.size >= MOST_OPEN) this.open.delete(hash);
    const invitation = `${this.instanceId}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
    this.open.set(hashOf(invitation), now + seconds * 1000);
    return invitation;
  }

  /** Undefined where it is not good, or not any more; else how to give it back, where nothing came of it. */
  take(invitation: string, now: number): (() => void) | undefined {
    const hash = hashOf(invitation);
    const until = this.open.get(hash);
    this.open.delete(hash);
    if (until === undefined || until <= now) return undefined;
    return () => this.open.set(hash, until);
  }
}
