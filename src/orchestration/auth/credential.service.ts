import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { UserRepository, type UserRow } from '../../storage/users/user.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { PasswordService, type Verify } from './password.service.js';
import { SecondFactorService, type UsedFactor } from './second-factor.service.js';
import { SignInLockService, type Whose } from './sign-in-lock.service.js';

export interface Credentials {
  /** User name or e-mail address. */
  login: string;
  password: string;
  /** Of the second factor, where the user has one. */
  code?: string;
}

/** Somebody who is who they say, and what they have shown beside the password. */
export interface Proven {
  user: UserRow;
  secondFactor: UsedFactor;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Finds out whether somebody is who they say: password, then second factor, and no endless guessing at either. */
@Injectable()
export class CredentialService {
  constructor(
    private readonly users: UserRepository,
    private readonly passwords: PasswordService,
    private readonly locks: SignInLockService,
    private readonly factors: SecondFactorService,
    private readonly audit: AuditService,
  ) {}

  /** Throws AUTH_INVALID_CREDENTIALS, AUTH_ACCOUNT_INACTIVE, AUTH_MFA_REQUIRED, AUTH_MFA_INVALID or AUTH_LOCKED. */
  async check(credentials: Credentials): Promise<Proven> {
    const { login } = credentials;
    const user = await this.users.findByLogin(login);
    const whose = user ? { userId: user.id } : { login };
    await this.assertUnlocked(whose, { login, user });
    return this.passwords.check(async (verify) => {
      // Again: of many guesses that came at once, those before this one may have locked the name meanwhile.
      await this.assertUnlocked(whose, { login, user });
      return this.prove(credentials, { user, whose, verify });
    });
  }

  private async prove({ login, password, code }: Credentials, { user, whose, verify }: Asked): Promise<Proven> {
    const matches = await verify(user?.passwordHash, password);
    if (!user || !matches) return this.fail(whose, { login, user, code: 'AUTH_INVALID_CREDENTIALS' });
    if (user.status !== 'active') return this.refuse({ login, user, code: 'AUTH_ACCOUNT_INACTIVE' });
    const secondFactor = await this.factors.use(user.id, code);
    if (secondFactor === undefined) {
      if (code === undefined) return this.refuse({ login, user, code: 'AUTH_MFA_REQUIRED' });
      return this.fail(whose, { login, user, code: 'AUTH_MFA_INVALID' });
    }
    await this.locks.clear(whose);
    return { user, secondFactor };
  }

  /** Of a new account's password, to be kept. */
  async hashOf(password: string): Promise<string> {
    return this.passwords.hash(password);
  }

  private async assertUnlocked(whose: Whose, named: Pick<Refusal, 'login' | 'user'>): Promise<void> {
    const seconds = await this.locks.lockedSeconds(whose);
    if (seconds > 0) await this.refuse({ ...named, code: 'AUTH_LOCKED', seconds });
  }

  private async fail(whose: Whose, refusal: Refusal): Promise<never> {
    const lockedSeconds = await this.locks.fail(whose);
    return this.refuse({ ...refusal, ...(lockedSeconds > 0 && { lockedSeconds }) });
  }

  /** Each is recorded: checking a password takes so long that nobody can flood the trail with them. */
  private async refuse({ login, user, code, seconds, lockedSeconds }: Refusal): Promise<never> {
    const event = {
      action: 'auth.login',
      outcome: 'refused',
      level: 'warning',
      actorId: null,
      subject: user?.id ?? null,
      // Never the name itself where nobody has it: people type passwords there.
      details: {
        reason: code,
        ...(lockedSeconds !== undefined && { locked_seconds: lockedSeconds }),
        ...(!user && { login_sha256: sha256(login.toLowerCase()).toString('hex').slice(0, 16) }),
      },
    } as const;
    // A lock is told without checking a password, so these come as fast as anybody likes.
    if (code === 'AUTH_LOCKED') this.audit.noteSampled(`login ${user?.id ?? 'unknown'}`, event);
    else await this.audit.record(event);
    throw new CozyError(code, seconds === undefined ? {} : { retryAfterSeconds: seconds });
  }
}

interface Asked {
  user: UserRow | undefined;
  whose: Whose;
  verify: Verify;
}

interface Refusal {
  login: string;
  user: UserRow | undefined;
  code: ErrorCode;
  /** Until it may be tried again. */
  seconds?: number;
  /** What this failure has locked the name for. */
  lockedSeconds?: number;
}
