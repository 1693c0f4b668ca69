import { Injectable } from '@nestjs/common';
import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { CozyError } from '../../core/errors/cozy.error.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import { hashPassword, verifyPassword } from './password.js';

/** Beyond it a sign-in with a name that nobody has would be made too dear. As made by default: 12. */
const MOST_DECOY_COST = 12;
const KEPT_MS = 60_000;
/** Of the four threads that the process has for this, for names that are looked up and for files. */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 100;
const RETRY_SECONDS = 5;

/** Whether the password is that of the hash; false, as slowly, where there is no hash. */
export type Verify = (passwordHash: string | undefined, password: string) => Promise<boolean>;

/** Checks passwords, each at the same price, whose ever it is, and few at once: many strangers must not stop the others. */
@Injectable()
export class PasswordService {
  private readonly few = bulkhead(MOST_AT_ONCE, MOST_WAITING);
  private legacyCost: { value: Promise<number>; until: number } | undefined;

  constructor(private readonly users: UserRepository) {}

  /** Runs `proof` when it is its turn. What was asked before the wait may no longer hold: it is to be asked in there. */
  async check<Result>(proof: (verify: Verify) => Promise<Result>): Promise<Result> {
    const cost = await this.decoyCost();
    return this.inTurn(() => proof((passwordHash, password) => verifyPassword(passwordHash, password, cost)));
  }

  async hash(password: string): Promise<string> {
    return this.inTurn(() => hashPassword(password));
  }

  private async inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.few.execute(work);
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      const message = 'Too many passwords are checked at once. Please try again in a moment.';
      throw new CozyError('RATE_LIMIT_EXCEEDED', { message, retryAfterSeconds: RETRY_SECONDS });
    }
  }

  /** Asked for once a minute: accounts come from elsewhere by a command, and lose their old hash one by one. */
  private decoyCost(): Promise<number> {
    const now = performance.now();
    if (this.legacyCost && this.legacyCost.until > now) return this.legacyCost.value;
    const value = this.users.legacyHashCost(MOST_DECOY_COST);
    this.legacyCost = { value, until: now + KEPT_MS };
    value.catch(() => (this.legacyCost = undefined));
    return value;
  }
}
