import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { SignInFailureRepository } from '../../storage/sign-in/sign-in-failure.repository.js';
import { UserRepository, type UserRow } from '../../storage/users/user.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { lockSeconds } from './sign-in-lock.js';
import { verifyPassword } from './password.js';
import { SecondFactorService } from './second-factor.service.js';

export interface Credentials {
  /** User name or e-mail address. */
  login: string;
  password: string;
  /** Of the second factor, where the user has one. */
  code?: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Finds out whether somebody is who they say: password, then second factor, and no endless guessing at either. */
@Injectable()
export class CredentialService {
  constructor(
    private readonly users: UserRepository,
    private readonly failures: SignInFailureRepository,
    private readonly factors: SecondFactorService,
    private readonly audit: AuditService,
  ) {}

  /** Throws AUTH_INVALID_CREDENTIALS, AUTH_ACCOUNT_INACTIVE, AUTH_MFA_REQUIRED, AUTH_MFA_INVALID or AUTH_LOCKED. */
  async check({ login, password, code }: Credentials): Promise<UserRow> {
    const user = await this.users.findByLogin(login);
    // Name and address of an account are one; names that nobody has are locked alike, or locks would tell who exists.
    const name = sha256(user ? `user:${user.id}` : `login:${login.toLowerCase()}`);
    const seconds = await this.failures.lockedSeconds(name);
    if (seconds > 0) return this.refuse({ login, user, code: 'AUTH_LOCKED', seconds });
    const matches = await verifyPassword(user?.passwordHash, password);
    if (!user || !matches) return this.fail(name, { login, user, code: 'AUTH_INVALID_CREDENTIALS' });
    if (user.status !== 'active') return this.refuse({ login, user, code: 'AUTH_ACCOUNT_INACTIVE' });
    if (!(await this.factors.isSatisfied(user.id, code))) {
      if (code === undefined) return this.refuse({ login, user, code: 'AUTH_MFA_REQUIRED' });
      return this.fail(name, { login, user, code: 'AUTH_MFA_INVALID' });
    }
    await this.failures.clear(name);
    return user;
  }

  private async fail(name: Buffer, refusal: Refusal): Promise<never> {
    const seconds = lockSeconds(await this.failures.add(name));
    if (seconds > 0) await this.failures.lock(name, seconds);
    return this.refuse(refusal);
  }

  /** Each is recorded: checking a password takes so long that nobody can flood the trail with them. */
  private async refuse({ login, user, code, seconds }: Refusal): Promise<never> {
    const event = {
      action: 'auth.login',
      outcome: 'refused',
      level: 'warning',
      actorId: null,
      subject: user?.id ?? null,
      // Never the name itself where nobody has it: people type passwords there.
      details: {
        reason: code,
        ...(!user && { login_sha256: sha256(login.toLowerCase()).toString('hex').slice(0, 16) }),
      },
    } as const;
    // A lock is told without checking a password, so these come as fast as anybody likes.
    if (code === 'AUTH_LOCKED') this.audit.noteSampled(`login ${user?.id ?? 'unknown'}`, event);
    else await this.audit.record(event);
    throw new CozyError(code, seconds === undefined ? {} : { retryAfterSeconds: seconds });
  }
}

interface Refusal {
  login: string;
  user: UserRow | undefined;
  code: ErrorCode;
  /** Until it may be tried again. */
  seconds?: number;
}
