import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { AuthService } from '../../orchestration/auth/auth.service.js';
import type { SignIn } from '../../orchestration/auth/sign-in-tokens.service.js';
import { WsTicketService } from '../../orchestration/auth/ws-ticket.service.js';
import { ApiTags } from '../docs/document.decorator.js';
import { Caller, Public, Scopes } from './access.decorator.js';
import { LimitedAs } from './rate-limit.guard.js';
import { LoginDto, RefreshDto, RegisterDto } from './auth.dto.js';

const signInBody = ({ accessToken, refreshToken, expiresInSeconds, user }: SignIn) => ({
  access_token: accessToken,
  refresh_token: refreshToken,
  token_type: 'bearer',
  expires_in: expiresInSeconds,
  user: { id: user.id, username: user.username, email: user.email, role: user.role },
});

@ApiTags('Accounts')
@Controller('v1')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly tickets: WsTicketService,
  ) {}

  @Post(['users/register', 'auth/register'])
  @Public()
  @LimitedAs('sign_in')
  async register(@Body() dto: RegisterDto) {
    const { username, email, password, device_id: deviceId } = dto;
    return signInBody(await this.auth.register({ username, email, password, ...(deviceId && { deviceId }) }));
  }

  @Post(['users/login', 'auth/login'])
  @Public()
  @LimitedAs('sign_in')
  @HttpCode(200)
  async login(@Body() dto: LoginDto) {
    const login = dto.username ?? dto.email;
    if (!login)
      throw new CozyError('VALIDATION_FAILED', {
        message: 'username must be given: a user name or an e-mail address.',
        param: 'username',
      });
    return signInBody(
      await this.auth.login({
        login,
        password: dto.password,
        ...(dto.code && { code: dto.code }),
        ...(dto.device_id && { deviceId: dto.device_id }),
      }),
    );
  }

  @Post('auth/refresh')
  @Public()
  @LimitedAs('sign_in')
  @HttpCode(200)
  async refresh(@Body() dto: RefreshDto) {
    return signInBody(await this.auth.refresh(dto.refresh_token));
  }

  @Post('auth/logout')
  @HttpCode(200)
  async logout(@Caller() principal: Principal) {
    if (principal.credentialId) await this.auth.logout(principal.credentialId);
    return { message: 'Signed out.' };
  }

  /** Opens one WebSocket within half a minute, as its query parameter `ticket`. */
  @Post('auth/ws-ticket')
  @Scopes('chat:read', 'chat:write', 'audio', 'realtime')
  @HttpCode(200)
  async ticket(@Caller() principal: Principal) {
    const { ticket, expiresInSeconds } = await this.tickets.issue(principal);
    return { ticket, expires_in: expiresInSeconds };
  }
}
