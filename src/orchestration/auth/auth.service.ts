import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { ErrorCode } from '../../core/errors/error-table.js';
import { newId, randomToken } from '../../core/util/ids.js';
import { RefreshTokenRepository } from '../../storage/refresh-tokens/refresh-token.repository.js';
import { UserRepository, type UserRow } from '../../storage/users/user.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { AccessTokenService } from './access-token.service.js';
import { hashPassword, isLegacyHash, verifyPassword } from './password.js';

export interface SignIn {
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
  user: UserRow;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Signing in and staying signed in: passwords, access tokens, and refresh tokens that work once. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UserRepository,
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly accessTokens: AccessTokenService,
    private readonly security: SecuritySection,
    private readonly audit: AuditService,
  ) {}

  async register(account: { username: string; email: string; password: string; deviceId?: string }): Promise<SignIn> {
    if (!this.security.registration_enabled) throw new CozyError('AUTH_REGISTRATION_CLOSED');
    const user = await this.users.create({
      id: newId(),
      username: account.username,
      email: account.email,
      passwordHash: await hashPassword(account.password),
      role: 'user',
    });
    const recorded = this.audit.record({
      action: 'auth.register',
      outcome: 'success',
      actorId: user.id,
      subject: user.id,
    });
    const signIn = await this.begin(user, account.deviceId);
    await recorded;
    return signIn;
  }

  async login(credentials: { login: string; password: string; deviceId?: string }): Promise<SignIn> {
    const user = await this.users.findByLogin(credentials.login);
    const matches = await verifyPassword(user?.passwordHash, credentials.password);
    if (!user || !matches) return this.refuseLogin(credentials.login, user, 'AUTH_INVALID_CREDENTIALS');
    if (user.status !== 'active') return this.refuseLogin(credentials.login, user, 'AUTH_ACCOUNT_INACTIVE');
    const recorded = this.audit.record({
      action: 'auth.login',
      outcome: 'success',
      actorId: user.id,
      subject: user.id,
    });
    await this.users.noteLogin(user.id);
    await this.renewHash(user, credentials.password);
    const signIn = await this.begin(user, credentials.deviceId);
    await recorded;
    return signIn;
  }

  /** Of an account that was brought from elsewhere, now that its password is at hand. */
  private async renewHash({ id, passwordHash }: UserRow, password: string): Promise<void> {
    if (isLegacyHash(passwordHash)) await this.users.replaceHash(id, passwordHash, await hashPassword(password));
  }

  /** Exchanges a refresh token for the next one. A token exchanged twice was stolen: its whole sign-in ends. */
  async refresh(token: string): Promise<SignIn> {
    const next = randomToken();
    const tokenHash = sha256(token);
    const rotated = await this.refreshTokens.rotate(tokenHash, {
      id: newId(),
      tokenHash: sha256(next),
      ttlSeconds: this.security.refresh_token_ttl_seconds,
    });
    if (!rotated) return this.refuseRefresh(tokenHash);
    const user = await this.users.find(rotated.userId);
    if (user?.status !== 'active') throw new CozyError('AUTH_ACCOUNT_INACTIVE');
    return this.answer(user, rotated.familyId, next);
  }

  async logout(familyId: string): Promise<void> {
    await this.refreshTokens.revokeFamily(familyId);
    await this.audit.record({ action: 'auth.logout', outcome: 'success', subject: familyId });
  }

  /** Each is recorded: checking a password takes so long that nobody can flood the trail with them. */
  private async refuseLogin(login: string, user: UserRow | undefined, code: ErrorCode): Promise<never> {
    await this.audit.record({
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
    });
    throw new CozyError(code);
  }

  private async refuseRefresh(tokenHash: Buffer): Promise<never> {
    const known = await this.refreshTokens.find(tokenHash);
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
    await this.refreshTokens.revokeFamily(known.familyId);
    await recorded;
    throw new CozyError('AUTH_REFRESH_REUSED');
  }

  private async begin(user: UserRow, deviceId: string | undefined): Promise<SignIn> {
    const refreshToken = randomToken();
    const familyId = newId();
    await this.refreshTokens.add({
      id: newId(),
      userId: user.id,
      familyId,
      tokenHash: sha256(refreshToken),
      deviceId: deviceId ?? null,
      ttlSeconds: this.security.refresh_token_ttl_seconds,
    });
    return this.answer(user, familyId, refreshToken);
  }

  private async answer(user: UserRow, familyId: string, refreshToken: string): Promise<SignIn> {
    const accessToken = await this.accessTokens.sign({
      userId: user.id,
      familyId,
      role: user.role,
      tokenVersion: user.tokenVersion,
    });
    return { accessToken, refreshToken, expiresInSeconds: this.accessTokens.ttlSeconds, user };
  }
}
