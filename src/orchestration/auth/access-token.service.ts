import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { decodeJwt, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
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

/** What a WebSocket ticket stands for. */
export interface TicketClaims {
  id: string;
  userId: string;
  /** The sign-in or the API key that it was asked for with. */
  credentialId: string | null;
  isApiKey: boolean;
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

/** Signs and verifies access tokens and tickets (JWT, HS256, key named by `kid`). */
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
    const { userId, role, familyId, tokenVersion } = claims;
    const payload = { role, scopes: scopesOf(role), token_type: 'access', sid: familyId, ver: tokenVersion };
    return this.signAs(payload, { subject: userId, id: newId(), ttlSeconds: this.ttlSeconds });
  }

  async signTicket(claims: TicketClaims, ttlSeconds: number): Promise<string> {
    const { userId, id, credentialId, isApiKey, tokenVersion } = claims;
    const payload = { token_type: 'ws_ticket', sid: credentialId, key: isApiKey, ver: tokenVersion };
    return this.signAs(payload, { subject: userId, id, ttlSeconds });
  }

  /** Throws AUTH_TOKEN_EXPIRED or AUTH_TOKEN_INVALID. Whether the sign-in still lives is not asked here. */
  async verify(token: string): Promise<AccessClaims> {
    const { userId, sid, ver } = await this.verifyAs('access', token);
    return { userId, familyId: sid, tokenVersion: ver };
  }

  /** As `verify`. Whether the ticket has been used is not asked here. */
  async verifyTicket(ticket: string): Promise<TicketClaims> {
    const { userId, sid, ver, payload } = await this.verifyAs('ws_ticket', ticket);
    const { jti: id = '', key } = payload;
    return { id, userId, credentialId: sid, isApiKey: key === true, tokenVersion: ver };
  }

  /** What the credential says of itself; nothing is verified. */
  isTicket(credential: string): boolean {
    try {
      return decodeJwt(credential)['token_type'] === 'ws_ticket';
    } catch {
      return false;
    }
  }

  private signAs(
    payload: JWTPayload,
    { subject, id, ttlSeconds }: { subject: string; id: string; ttlSeconds: number },
  ): Promise<string> {
    return new SignJWT(payload)
      .setProtectedHeader({ alg: ALGORITHM, kid: this.current.id, typ: 'JWT' })
      .setSubject(subject)
      .setJti(id)
      .setIssuer(this.security.jwt_issuer)
      .setAudience(this.security.jwt_audience)
      .setIssuedAt()
      .setNotBefore('0s')
      .setExpirationTime(`${ttlSeconds}s`)
      .sign(this.current.key);
  }

  private async verifyAs(type: 'access' | 'ws_ticket', token: string) {
    try {
      const { payload } = await jwtVerify(token, (header) => this.keyFor(header.kid), {
        algorithms: [ALGORITHM],
        issuer: this.security.jwt_issuer,
        audience: this.security.jwt_audience,
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ['sub', 'exp', 'token_type'],
      });
      if (payload['token_type'] !== type || !payload.sub) throw new CozyError('AUTH_TOKEN_INVALID');
      return {
        userId: payload.sub,
        sid: typeof payload['sid'] === 'string' ? payload['sid'] : null,
        ver: typeof payload['ver'] === 'number' ? payload['ver'] : 0,
        payload,
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
