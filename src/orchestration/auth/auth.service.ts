import { Injectable } from '@nestjs/common';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { newId } from '../../core/util/ids.js';
import { UserRepository, type UserRow } from '../../storage/users/user.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { type Credentials, CredentialService } from './credential.service.js';
import { hashPassword, isLegacyHash } from './password.js';
import { type SignIn, SignInTokensService } from './sign-in-tokens.service.js';

/** Signing in and staying signed in. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UserRepository,
    private readonly credentials: CredentialService,
    private readonly tokens: SignInTokensService,
    private readonly security: SecuritySection,
    private readonly audit: AuditService,
  ) {}

  async register(account: { username: string; email: string; password: string; deviceId?: string }): Promise<SignIn> {
    if (!this.security.registration_enabled) throw new CozyError('AUTH_REGISTRATION_CLOSED');
    const user = await this.users.create({
      id: newId(),
      username: account.username,
      email: account.email,
      passwordHash: await this.credentials.hashOf(account.password),
      role: 'user',
    });
    const recorded = this.audit.record({
      action: 'auth.register',
      outcome: 'success',
      actorId: user.id,
      subject: user.id,
    });
    const signIn = await this.tokens.begin(user, account.deviceId);
    await recorded;
    return signIn;
  }

  async login({ deviceId, ...credentials }: Credentials & { deviceId?: string }): Promise<SignIn> {
    const { user, secondFactor } = await this.credentials.check(credentials);
    const recorded = this.audit.record({
      action: 'auth.login',
      outcome: 'success',
      actorId: user.id,
      subject: user.id,
      details: { second_factor: secondFactor },
    });
    await this.users.noteLogin(user.id);
    await this.renewHash(user, credentials.password);
    const signIn = await this.tokens.begin(user, deviceId);
    await recorded;
    return signIn;
  }

  /** Of an account that was brought from elsewhere, now that its password is at hand. */
  private async renewHash({ id, passwordHash }: UserRow, password: string): Promise<void> {
    if (isLegacyHash(passwordHash)) await this.users.replaceHash(id, passwordHash, await hashPassword(password));
  }

  /** Exchanges a refresh token for the next one. A token exchanged twice was stolen: its whole sign-in ends. */
  async refresh(token: string): Promise<SignIn> {
    const rotated = await this.tokens.rotate(token);
    if (!rotated) return this.refuseRefresh(token);
    const user = await this.users.find(rotated.userId);
    if (user?.status !== 'active') throw new CozyError('AUTH_ACCOUNT_INACTIVE');
    return this.tokens.answer(user, rotated.familyId, rotated.refreshToken);
  }

  async logout(familyId: string): Promise<void> {
    await this.tokens.revoke(familyId);
    await this.audit.record({ action: 'auth.logout', outcome: 'success', subject: familyId });
  }

  private async refuseRefresh(token: string): Promise<never> {
    const known = await this.tokens.find(token);
    if (!known?.rotatedAt) {
      this.audit.noteSampled('refresh', {
        action: 'auth.refresh',
        outcome: 'refused',
        level: 'warning',
        actorId: null,
        subject: known?.userId ?? null,
        details: { reason: 'AUTH_TOKEN_INVALID' },
      });
      throw new CozyError('AUTH_TOKEN_INVALID', { message: 'The refresh token is not valid. Sign in again.' });
    }
    const recorded = this.audit.record({
      action: 'auth.refresh',
      outcome: 'refused',
      level: 'critical',
      actorId: null,
      subject: known.userId,
      details: { reason: 'AUTH_REFRESH_REUSED', family_id: known.familyId },
    });
    await this.tokens.revoke(known.familyId);
    await recorded;
    throw new CozyError('AUTH_REFRESH_REUSED');
  }
}
