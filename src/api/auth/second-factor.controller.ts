import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../core/domain/principal.js';
import { SecondFactorService } from '../../orchestration/auth/second-factor.service.js';
import { Caller } from './access.decorator.js';
import { SecondFactorDto } from './auth.dto.js';
import { LimitedAs } from './rate-limit.guard.js';

/** A code of the moment beside the password. People only: API keys know no second factor. */
@ApiTags('Accounts')
@Controller('v1/auth/mfa')
@LimitedAs('second_factor')
export class SecondFactorController {
  constructor(private readonly factors: SecondFactorService) {}

  @Get()
  async state(@Caller() { userId }: Principal) {
    return { enabled: await this.factors.isOn(userId) };
  }

  /** A secret for an authenticator; it is asked for once `verify` has seen a code of it. */
  @Post('setup')
  @HttpCode(200)
  async setup(@Caller() principal: Principal) {
    const { secret, url } = await this.factors.propose(principal);
    return { secret, otpauth_url: url };
  }

  @Post('verify')
  @HttpCode(200)
  async verify(@Caller() principal: Principal, @Body() { code }: SecondFactorDto) {
    return { enabled: true, recovery_codes: await this.factors.enable(principal, code) };
  }

  @Post('disable')
  @HttpCode(200)
  async disable(@Caller() principal: Principal, @Body() { code }: SecondFactorDto) {
    await this.factors.disable(principal, code);
    return { enabled: false };
  }
}
