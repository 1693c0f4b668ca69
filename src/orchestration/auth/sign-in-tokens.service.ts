import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { newId, randomToken } from '../../core/util/ids.js';
import { RefreshTokenRepository, type RefreshTokenRow } from '../../storage/refresh-tokens/refresh-token.repository.js';
import type { UserRow } from '../../storage/users/user.repository.js';
import { AccessTokenService } from './access-token.service.js';

export interface SignIn {
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
  user: UserRow;
}

/** The next refresh token of a sign-in, before it is known whose it is. */
export interface Rotation {
  userId: string;
  familyId: string;
  refreshToken: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** The tokens of a sign-in: one family of refresh tokens, each good for once, and access tokens beside them. */
@Injectable()
export class SignInTokensService {
  constructor(
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly accessTokens: AccessTokenService,
    private readonly security: SecuritySection,
  ) {}

  async begin(user: UserRow, deviceId: string | undefined): Promise<SignIn> {
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

  /** Exchanges a refresh token for the next one; undefined where it is none, or was exchanged before. */
  async rotate(token: string): Promise<Rotation | undefined> {
    const next = randomToken();
    const rotated = await this.refreshTokens.rotate(sha256(token), {
      id: newId(),
      tokenHash: sha256(next),
      ttlSeconds: this.security.refresh_token_ttl_seconds,
    });
    return rotated && { ...rotated, refreshToken: next };
  }

  /** What is known of a refresh token, also of one that was exchanged. */
  find(token: string): Promise<RefreshTokenRow | undefined> {
    return this.refreshTokens.find(sha256(token));
  }

  revoke(familyId: string): Promise<void> {
    return this.refreshTokens.revokeFamily(familyId);
  }

  async answer(user: UserRow, familyId: string, refreshToken: string): Promise<SignIn> {
    const accessToken = await this.accessTokens.sign({
      userId: user.id,
      familyId,
      role: user.role,
      tokenVersion: user.tokenVersion,
    });
    return { accessToken, refreshToken, expiresInSeconds: this.accessTokens.ttlSeconds, user };
  }
}
