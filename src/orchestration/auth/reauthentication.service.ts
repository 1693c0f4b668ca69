import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { UserRepository, type UserRow } from '../../storage/users/user.repository.js';
import type { AuditAction } from '../audit/audit-event.js';
import { AuditService } from '../audit/audit.service.js';
import { PasswordService, type Verify } from './password.service.js';
import { SignInLockService } from './sign-in-lock.service.js';

/** What the proof is asked for, as it is put on record where it fails. */
export interface Act {
  action: AuditAction;
  details: object;
}

export interface Proof {
  password: string;
  /** Checks the code of a second factor, and uses it up. Asked only where the password is right. */
  code?: () => Promise<boolean>;
}

interface Verifier {
  verify: Verify;
}

/**
 * Has somebody who is signed in show again who they are (ASVS 7.5.1): a token that was stolen, or a screen left open,
 * is not enough for what decides who may come in. Failures count towards the lock of signing in.
 */
@Injectable()
export class ReauthenticationService {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordService,
    private readonly locks: SignInLockService,
    private readonly audit: AuditService,
  ) {}

  /** Throws AUTH_INVALID_CREDENTIALS, AUTH_MFA_INVALID or AUTH_LOCKED. */
  async confirm(userId: string, act: Act, proof: Proof): Promise<UserRow> {
    await this.assertUnlocked(userId, act);
    return this.passwords.check(async (verify) => {
      // Again: of many guesses that came at once, those before this one may have locked the name meanwhile.
      await this.assertUnlocked(userId, act);
      return this.prove(userId, act, { ...proof, verify });
    });
  }

  private async prove(userId: string, act: Act, { password, code, verify }: Proof & Verifier): Promise<UserRow> {
    const user = await this.users.find(userId);
    const matches = await verify(user?.passwordHash, password);
    if (!user || !matches) {
      await this.fail(userId, act, 'AUTH_INVALID_CREDENTIALS');
      throw new CozyError('AUTH_INVALID_CREDENTIALS', { message: 'The password is wrong.', param: 'password' });
    }
    if (!code) return user;
    if (!(await code())) {
      await this.fail(userId, act, 'AUTH_MFA_INVALID');
      throw new CozyError('AUTH_MFA_INVALID', { param: 'code' });
    }
    // Not after the password alone: who knows it could guess codes without end by asking for something else between.
    await this.locks.clear({ userId });
    return user;
  }

  private async assertUnlocked(userId: string, act: Act): Promise<void> {
    const retryAfterSeconds = await this.locks.lockedSeconds({ userId });
    if (retryAfterSeconds === 0) return;
    this.audit.noteSampled(`confirm ${userId}`, refusal(userId, act, { reason: 'AUTH_LOCKED' }));
    throw new CozyError('AUTH_LOCKED', { retryAfterSeconds });
  }

  private async fail(userId: string, act: Act, reason: ErrorCode): Promise<void> {
    const seconds = await this.locks.fail({ userId });
    await this.audit.record(refusal(userId, act, { reason, ...(seconds > 0 && { locked_seconds: seconds }) }));
  }
}

const refusal = (subject: string, { action, details }: Act, more: object) =>
  ({ action, outcome: 'refused', level: 'warning', subject, details: { ...details, ...more } }) as const;
