import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { SecondFactorSettingsService } from '../../orchestration/auth/second-factor-settings.service.js';
import { ApiTags } from '../docs/document.decorator.js';
import { Caller } from './access.decorator.js';
import { PasswordDto, SecondFactorDto } from './auth.dto.js';
import { LimitedAs } from './rate-limit.guard.js';

/** A code of the moment beside the password. People only: API keys know no second factor. */
@ApiTags('Accounts')
@Controller('v1/auth/mfa')
export class SecondFactorController {
  constructor(private readonly settings: SecondFactorSettingsService) {}

  @Get()
  async state(@Caller() principal: Principal) {
    return { enabled: await this.settings.isOn(principal) };
  }

  /** A secret for an authenticator; it is asked for once `verify` has seen a code of it. */
  @Post('setup')
  @LimitedAs('reauthentication')
  @HttpCode(200)
  async setup(@Caller() principal: Principal, @Body() { password }: PasswordDto) {
    const { secret, url } = await this.settings.propose(principal, password);
    return { secret, otpauth_url: url };
  }

  @Post('verify')
  @LimitedAs('reauthentication')
  @HttpCode(200)
  async verify(@Caller() principal: Principal, @Body() proof: SecondFactorDto) {
    return { enabled: true, recovery_codes: await this.settings.enable(principal, proof) };
  }

  @Post('disable')
  @LimitedAs('reauthentication')
  @HttpCode(200)
  async disable(@Caller() principal: Principal, @Body() proof: SecondFactorDto) {
    await this.settings.disable(principal, proof);
    return { enabled: false };
  }

  /** Ten new ones instead of those that are left. */
  @Post('recovery-codes')
  @LimitedAs('reauthentication')
  @HttpCode(200)
  async recoveryCodes(@Caller() principal: Principal, @Body() proof: SecondFactorDto) {
    return { recovery_codes: await this.settings.renewRecoveryCodes(principal, proof) };
  }
}
