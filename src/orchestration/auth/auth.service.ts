import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { newId, randomToken } from '../../core/util/ids.js';
import { RefreshTokenRepository } from '../../storage/refresh-tokens/refresh-token.repository.js';
import { UserRepository, type UserRow } from '../../storage/users/user.repository.js';
import { AccessTokenService } from './access-token.service.js';
import { hashPassword, verifyPassword } from './password.js';

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
    private readonly logger: Logger,
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
    this.logger.info('User registered', { user_id: user.id });
    return this.begin(user, account.deviceId);
  }

  async login(credentials: { login: string; password: string; deviceId?: string }): Promise<SignIn> {
    const user = await this.users.findByLogin(credentials.login);
    const matches = await verifyPassword(user?.passwordHash, credentials.password);
    if (!user || !matches) throw new CozyError('AUTH_INVALID_CREDENTIALS');
    if (user.status !== 'active') throw new CozyError('AUTH_ACCOUNT_INACTIVE');
    await this.users.noteLogin(user.id);
    return this.begin(user, credentials.deviceId);
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
  }

  private async refuseRefresh(tokenHash: Buffer): Promise<never> {
    const known = await this.refreshTokens.find(tokenHash);
    if (!known?.rotatedAt)
      throw new CozyError('AUTH_TOKEN_INVALID', { message: 'The refresh token is not valid. Sign in again.' });
    await this.refreshTokens.revokeFamily(known.familyId);
    this.logger.warn('A refresh token was used twice; its sign-in has been ended', { user_id: known.userId });
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
