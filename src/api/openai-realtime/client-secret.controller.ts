import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { Caller, Scopes } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';
import { ClientSecretDto } from './client-secret.dto.js';
import { ClientSecrets, type IssuedSecret } from './client-secrets.js';

@ApiTags('Realtime')
@Controller('v1/realtime')
export class ClientSecretController {
  constructor(private readonly secrets: ClientSecrets) {}

  /** A secret that opens one call, within a minute. */
  @Post('client_secrets')
  @Scopes('realtime')
  @HttpCode(200)
  create(@Caller() principal: Principal, @Body() dto: ClientSecretDto): Promise<IssuedSecret> {
    const { session, cozy, expires_after: expiresAfter } = dto;
    return this.secrets.issue(principal, {
      personality_id: cozy?.personality_id ?? dto.personality_id,
      session_id: cozy?.session_id ?? dto.session_id,
      session: session ?? {},
      ttlSeconds: expiresAfter?.seconds ?? undefined,
    });
  }
}
