import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { AuditService } from '../audit/audit.service.js';
import { type Act, ReauthenticationService } from './reauthentication.service.js';
import { type Proposal, SecondFactorService } from './second-factor.service.js';

type Change = 'proposed' | 'enabled' | 'disabled' | 'recovery_codes';

export interface FactorProof {
  password: string;
  code: string;
}

const actOf = (change: Change): Act => ({ action: 'auth.mfa', details: { change } });

/** What users do with their second factor. Each change wants the password again, and is put on record. */
@Injectable()
export class SecondFactorSettingsService {
  constructor(
    private readonly factors: SecondFactorService,
    private readonly reauthentication: ReauthenticationService,
    private readonly audit: AuditService,
  ) {}

  isOn({ userId }: Principal): Promise<boolean> {
    return this.factors.isOn(userId);
  }

  /** A new secret, which is asked for only after `enable` has shown that the user has it. */
  async propose({ userId }: Principal, password: string): Promise<Proposal> {
    const user = await this.reauthentication.confirm(userId, actOf('proposed'), { password });
    return this.factors.propose(user);
  }

  /** Turns the factor on. The recovery codes are shown this once. */
  async enable({ userId }: Principal, { password, code }: FactorProof): Promise<string[]> {
    await this.factors.assertProposed(userId);
    const proof = { password, code: () => this.factors.matchesProposal(userId, code) };
    await this.reauthentication.confirm(userId, actOf('enabled'), proof);
    const codes = await this.factors.enable(userId);
    await this.record(userId, 'enabled');
    return codes;
  }

  /** Turns it off, by the password and a code of the moment or a recovery code. */
  async disable({ userId }: Principal, proof: FactorProof): Promise<void> {
    await this.confirm(userId, 'disabled', proof);
    await this.factors.disable(userId);
    await this.record(userId, 'disabled');
  }

  /** New recovery codes, shown this once; those before are worth nothing then. */
  async renewRecoveryCodes({ userId }: Principal, proof: FactorProof): Promise<string[]> {
    if (!(await this.factors.isOn(userId))) throw new CozyError('RESOURCE_CONFLICT', { message: IS_OFF });
    await this.confirm(userId, 'recovery_codes', proof);
    const codes = await this.factors.renewRecoveryCodes(userId);
    await this.record(userId, 'recovery_codes');
    return codes;
  }

  private async confirm(userId: string, change: Change, { password, code }: FactorProof): Promise<void> {
    const proof = { password, code: async () => (await this.factors.use(userId, code)) !== undefined };
    await this.reauthentication.confirm(userId, actOf(change), proof);
  }

  private async record(subject: string, change: Change): Promise<void> {
    await this.audit.record({ action: 'auth.mfa', outcome: 'success', level: 'warning', subject, details: { change } });
  }
}

const IS_OFF = 'The second factor is off: there is nothing to recover.';
