import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { AppSection } from '../../core/config/sections/app.section.js';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { keptSecret } from '../../core/config/generated-secret.js';
import { SCOPES, type Scope, type UserRole } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { newId } from '../../core/util/ids.js';

export interface AccessClaims {
  userId: string;
  /** The sign-in this token belongs to; null for tokens made without one. */
  familyId: string | null;
  tokenVersion: number;
}

const ALGORITHM = 'HS256';
const CLOCK_SKEW_SECONDS = 5;

interface SigningKey {
  id: string;
  key: KeyObject;
}

/** The key id is derived from the secret, so that every instance agrees on it. */
function signingKey(secret: string): SigningKey {
  const id = createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 12);
  return { id, key: createSecretKey(Buffer.from(secret, 'utf8')) };
}

const scopesOf = (role: UserRole): Scope[] => SCOPES.filter((scope) => role === 'admin' || scope !== 'admin');

/** Signs and verifies access tokens (JWT, HS256, key named by `kid`). */
@Injectable()
export class AccessTokenService {
  private readonly current: SigningKey;
  private readonly keys: Map<string, KeyObject>;

  constructor(
    private readonly security: SecuritySection,
    app: AppSection,
  ) {
    this.current = signingKey(security.jwt_secret ?? keptSecret(app.data_dir, 'jwt'));
    const previous = security.jwt_secret_previous ? [signingKey(security.jwt_secret_previous)] : [];
    this.keys = new Map([this.current, ...previous].map(({ id, key }) => [id, key]));
  }

  get ttlSeconds(): number {
    return this.security.access_token_ttl_seconds;
  }

  async sign(claims: AccessClaims & { role: UserRole }): Promise<string> {
    return new SignJWT({
      role: claims.role,
      scopes: scopesOf(claims.role),
      token_type: 'access',
      sid: claims.familyId,
      ver: claims.tokenVersion,
    })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.current.id, typ: 'JWT' })
      .setSubject(claims.userId)
      .setJti(newId())
      .setIssuer(this.security.jwt_issuer)
      .setAudience(this.security.jwt_audience)
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime(`${this.ttlSeconds}s`)
      .sign(this.current.key);
  }

  /** Throws AUTH_TOKEN_EXPIRED or AUTH_TOKEN_INVALID. Whether the sign-in still lives is not asked here. */
  async verify(token: string): Promise<AccessClaims> {
    try {
      const { payload } = await jwtVerify(token, (header) => this.keyFor(header.kid), {
        algorithms: [ALGORITHM],
        issuer: this.security.jwt_issuer,
        audience: this.security.jwt_audience,
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ['sub', 'exp', 'token_type'],
      });
      if (payload['token_type'] !== 'access' || !payload.sub) throw new CozyError('AUTH_TOKEN_INVALID');
      return {
        userId: payload.sub,
        familyId: typeof payload['sid'] === 'string' ? payload['sid'] : null,
        tokenVersion: typeof payload['ver'] === 'number' ? payload['ver'] : 0,
      };
    } catch (error) {
      if (error instanceof CozyError) throw error;
      throw new CozyError(error instanceof errors.JWTExpired ? 'AUTH_TOKEN_EXPIRED' : 'AUTH_TOKEN_INVALID', {
        cause: error,
      });
    }
  }

  private keyFor(kid: string | undefined): KeyObject {
    const key = kid === undefined ? this.current.key : this.keys.get(kid);
    if (!key) throw new CozyError('AUTH_TOKEN_INVALID');
    return key;
  }
}
