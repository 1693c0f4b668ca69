import { Injectable } from '@nestjs/common';
import { ApiSection } from '../../core/config/sections/api.section.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { RateLimitRepository } from '../../storage/limits/rate-limit.repository.js';
import { AccessTokenService } from './access-token.service.js';
import { PrincipalService } from './principal.service.js';
import { WsTicketService } from './ws-ticket.service.js';

/** What a connection is allowed, for as long as it lives. */
export interface SocketAccess {
  principal: Principal;
  /** Throws an AUTH_* error once the sign-in, the key or the account behind the connection is no longer good. */
  recheck(): Promise<void>;
}

const MINUTE_MS = 60_000;

/** Who may open a connection that stays: by an access token, an API key or a ticket, so many times a minute. */
@Injectable()
export class SocketAccessService {
  constructor(
    private readonly principals: PrincipalService,
    private readonly tickets: WsTicketService,
    private readonly tokens: AccessTokenService,
    private readonly limits: RateLimitRepository,
    private readonly section: ApiSection,
  ) {}

  async admit(credential: string | undefined): Promise<SocketAccess> {
    if (credential === undefined || credential === '') throw new CozyError('AUTH_REQUIRED');
    const access = this.tokens.isTicket(credential) ? await this.byTicket(credential) : await this.byToken(credential);
    const { userId } = access.principal;
    const { allowed, retryAfterMs } = await this.limits.take(
      `ws:${userId}`,
      this.section.ws_connects_per_minute,
      MINUTE_MS,
    );
    if (allowed) return access;
    throw new CozyError('RATE_LIMIT_EXCEEDED', {
      message: 'Too many connections were opened. Wait and try again.',
      retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
    });
  }

  private async byToken(credential: string): Promise<SocketAccess> {
    const principal = await this.principals.authenticate(credential);
    return { principal, recheck: async () => void (await this.principals.authenticate(credential)) };
  }

  private async byTicket(ticket: string): Promise<SocketAccess> {
    const { principal, claims } = await this.tickets.redeem(ticket);
    return { principal, recheck: async () => void (await this.tickets.principalOf(claims)) };
  }
}
