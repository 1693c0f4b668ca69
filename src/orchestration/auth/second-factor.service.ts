import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Secret, TOTP } from 'otpauth';
import { AppSection } from '../../core/config/sections/app.section.js';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import { keptSecret } from '../../core/config/generated-secret.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { SecondFactorRepository } from '../../storage/sign-in/second-factor.repository.js';
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

/** `none`: no second factor is set up, and none is needed. */
export type UsedFactor = 'none' | 'code' | 'recovery_code';

const hashOf = (code: string) => createHash('sha256').update(code).digest();
const newRecoveryCode = () => new Secret({ buffer: new Uint8Array(randomBytes(RECOVERY_BYTES)).buffer }).base32;
const newRecoveryCodes = () => Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
/** As people type them: with blanks and dashes, in small letters. */
const normalized = (code: string) => code.replaceAll(/[\s-]/g, '').toUpperCase();

/** What was sealed long ago keeps its key: there may be several, separated by commas. One of them may hold a comma itself. */
const keysBefore = (previous = '') => [previous, ...previous.split(',').map((key) => key.trim())].filter(Boolean);

/** A code of the moment beside the password (TOTP, RFC 6238: SHA-1, six digits, 30 s), and codes for a lost device. */
@Injectable()
export class SecondFactorService {
  private readonly box: SecretBox | undefined;

  constructor(
    private readonly factors: SecondFactorRepository,
    security: SecuritySection,
    app: AppSection,
  ) {
    const { encryption_key: given, encryption_key_previous: previous } = security;
    const current = given ?? (app.production ? undefined : keptSecret(app.data_dir, 'encryption'));
    this.box = current === undefined ? undefined : new SecretBox([current, ...keysBefore(previous)]);
  }

  /** Keeps a new secret that is not asked for yet. Throws RESOURCE_CONFLICT where a factor is on. */
  async propose({ id, username }: { id: string; username: string }): Promise<Proposal> {
    const totp = totpOf(new Secret({ size: 20 }), username);
    const { base32 } = totp.secret;
    if (!(await this.factors.propose(id, this.secretBox().seal(base32, id)))) throw alreadyOn();
    return { secret: base32, url: totp.toString() };
  }

  /** Throws where there is no secret that waits for its first code. */
  async assertProposed(userId: string): Promise<void> {
    const found = await this.factors.find(userId);
    if (!found)
      throw new CozyError('VALIDATION_FAILED', { message: 'Set the second factor up first: POST /v1/auth/mfa/setup.' });
    if (found.enabled) throw alreadyOn();
  }

  /** Whether the code is one of the secret that was proposed; it is used up then. */
  async matchesProposal(userId: string, code: string): Promise<boolean> {
    const found = await this.factors.find(userId);
    return found !== undefined && this.usesCode(userId, found.secret, code);
  }

  /** From now on it is asked for. The recovery codes are told this once. */
  async enable(userId: string): Promise<string[]> {
    const codes = newRecoveryCodes();
    if (!(await this.factors.enable(userId, codes.map(hashOf)))) throw alreadyOn();
    return codes;
  }

  async disable(userId: string): Promise<void> {
    await this.factors.disable(userId);
  }

  /** Those before are worth nothing then. */
  async renewRecoveryCodes(userId: string): Promise<string[]> {
    const codes = newRecoveryCodes();
    await this.factors.renewRecovery(userId, codes.map(hashOf));
    return codes;
  }

  /** Whether the user is asked for a code. */
  async isOn(userId: string): Promise<boolean> {
    return (await this.factors.find(userId))?.enabled ?? false;
  }

  /** What lets the user in beside the password, used up then; undefined where the code is missing or wrong. */
  async use(userId: string, code: string | undefined): Promise<UsedFactor | undefined> {
    const found = await this.factors.find(userId);
    if (!found?.enabled) return 'none';
    if (code === undefined) return undefined;
    const given = normalized(code);
    if (/^\d{6}$/.test(given)) return (await this.usesCode(userId, found.secret, given)) ? 'code' : undefined;
    return (await this.factors.useRecovery(userId, hashOf(given))) ? 'recovery_code' : undefined;
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

const alreadyOn = () =>
  new CozyError('RESOURCE_CONFLICT', { message: 'The second factor is on already. Turn it off first.' });

const totpOf = (secret: Secret, label: string) =>
  new TOTP({ issuer: 'CozyEngine', label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS });
