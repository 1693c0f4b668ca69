import { Injectable } from '@nestjs/common';
import { UserRepository } from '../../storage/users/user.repository.js';
import { verifyPassword } from './password.js';

/** Beyond it a sign-in with a name that nobody has would be made too dear. As made by default: 12. */
const MOST_DECOY_COST = 12;
const KEPT_MS = 60_000;

/** Checks passwords, each at the same price, whose ever it is. */
@Injectable()
export class PasswordService {
  private legacyCost: { value: Promise<number>; until: number } | undefined;

  constructor(private readonly users: UserRepository) {}

  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    return verifyPassword(passwordHash, password, await this.decoyCost());
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
