import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Secret, TOTP } from 'otpauth';
import { AppSection } from '../../core/config/sections/app.section.js';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { keptSecret } from '../../core/config/generated-secret.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { SecondFactorRepository } from '../../storage/sign-in/second-factor.repository.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { SecretBox } from './secret-box.js';

const PERIOD_SECONDS = 30;
/** Clocks that go a little wrong: one step to either side. */
const WINDOW = 1;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;

export interface Proposal {
  /** Base32, to be typed into an authenticator. */
  secret: string;
  /** The same as a URL, to be shown as a QR code. */
  url: string;
}

const hashOf = (code: string) => createHash('sha256').update(code).digest();
const newRecoveryCode = () => new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_BYTES)).buffer }).base32;
/** As people type them: with blanks and dashes, in small letters. */
const normalized = (code: string) => code.replaceAll(/[\s-]/g, '').toUpperCase();

/** A code of the moment beside the password (TOTP, RFC 6238: SHA-1, six digits, 30 s), and codes for a lost device. */
@Injectable()
export class SecondFactorService {
  private readonly box: SecretBox | undefined;

  constructor(
    private readonly factors: SecondFactorRepository,
    private readonly users: UserRepository,
    private readonly audit: AuditService,
    security: SecuritySection,
    app: AppSection,
  ) {
    const { encryption_key: given, encryption_key_previous: previous } = security;
    const current = given ?? (app.production ? undefined : keptSecret(app.data_dir, 'encryption'));
    this.box = current === undefined ? undefined : new SecretBox([current, ...(previous ? [previous] : [])]);
  }

  /** A new secret, which is asked for only after `enable` has shown that the user has it. */
  async propose({ userId }: Principal): Promise<Proposal> {
    const user = await this.users.find(userId);
    if (!user) throw new CozyError('RESOURCE_NOT_FOUND');
    const totp = totpOf(new Secret({ size: 20 }), user.username);
    const { base32 } = totp.secret;
    if (!(await this.factors.propose(userId, this.secretBox().seal(base32, userId))))
      throw new CozyError('RESOURCE_CONFLICT', { message: ALREADY_ON });
    return { secret: base32, url: totp.toString() };
  }

  /** Turns the factor on. The recovery codes are shown this once. */
  async enable({ userId }: Principal, code: string): Promise<string[]> {
    const found = await this.factors.find(userId);
    if (!found)
      throw new CozyError('VALIDATION_FAILED', { message: 'Set the second factor up first: POST /v1/auth/mfa/setup.' });
    if (found.enabled) throw new CozyError('RESOURCE_CONFLICT', { message: ALREADY_ON });
    if (!(await this.usesCode(userId, found.secret, code))) throw new CozyError('AUTH_MFA_INVALID', { param: 'code' });
    const codes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
    if (!(await this.factors.enable(userId, codes.map(hashOf))))
      throw new CozyError('RESOURCE_CONFLICT', { message: ALREADY_ON });
    await this.audit.record({
      action: 'auth.mfa',
      outcome: 'success',
      subject: userId,
      details: { change: 'enabled' },
    });
    return codes;
  }

  /** Turns it off, by a code of the moment or a recovery code. */
  async disable({ userId }: Principal, code: string): Promise<void> {
    if (!(await this.isSatisfied(userId, code))) {
      const details = { change: 'disable', reason: 'AUTH_MFA_INVALID' };
      await this.audit.record({ action: 'auth.mfa', outcome: 'refused', level: 'warning', subject: userId, details });
      throw new CozyError('AUTH_MFA_INVALID', { param: 'code' });
    }
    await this.factors.disable(userId);
    await this.audit.record({
      action: 'auth.mfa',
      outcome: 'success',
      level: 'warning',
      subject: userId,
      details: { change: 'disabled' },
    });
  }

  /** Whether the user is asked for a code. */
  async isOn(userId: string): Promise<boolean> {
    return (await this.factors.find(userId))?.enabled ?? false;
  }

  /** Whether this code lets the user in; it is used up then. Users without a second factor need none. */
  async isSatisfied(userId: string, code: string | undefined): Promise<boolean> {
    const found = await this.factors.find(userId);
    if (!found?.enabled) return true;
    if (code === undefined) return false;
    const given = normalized(code);
    if (/^\d{6}$/.test(given)) return this.usesCode(userId, found.secret, given);
    return this.factors.useRecovery(userId, hashOf(given));
  }

  private async usesCode(userId: string, sealed: Buffer, code: string): Promise<boolean> {
    const secret = this.secretBox().open(sealed, userId);
    if (secret === undefined)
      throw new CozyError('INTERNAL_ERROR', { cause: new Error('no ENCRYPTION_KEY opens this second factor') });
    const totp = totpOf(Secret.fromBase32(secret), userId);
    const delta = totp.validate({ token: normalized(code), window: WINDOW });
    if (delta === null) return false;
    return this.factors.useStep(userId, totp.counter() + delta);
  }

  private secretBox(): SecretBox {
    if (this.box) return this.box;
    throw new CozyError('ENGINE_UNSUPPORTED', {
      message: 'Second factors need ENCRYPTION_KEY to be set on this server.',
    });
  }
}

const ALREADY_ON = 'The second factor is on already. Turn it off first.';

const totpOf = (secret: Secret, label: string) =>
  new TOTP({ issuer: 'CozyEngine', label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS });
