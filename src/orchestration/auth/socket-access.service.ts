import { Injectable } from '@nestjs/common';
import { ApiSection } from '../../core/config/sections/api.section.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { RateLimitService } from '../limits/rate-limit.service.js';
import { AccessTokenService } from './access-token.service.js';
import { PrincipalService } from './principal.service.js';
import { WsTicketService } from './ws-ticket.service.js';

/** What a connection is allowed, for as long as it lives. */
export interface SocketAccess {
  principal: Principal;
  /** Throws an AUTH_* error once the sign-in, the key or the account behind the connection is no longer good. */
  recheck(): Promise<void>;
}

/** Who may open a connection that stays: by an access token, an API key or a ticket, so many times a minute. */
@Injectable()
export class SocketAccessService {
  constructor(
    private readonly principals: PrincipalService,
    private readonly tickets: WsTicketService,
    private readonly tokens: AccessTokenService,
    private readonly limits: RateLimitService,
    private readonly section: ApiSection,
  ) {}

  async admit(credential: string | undefined): Promise<SocketAccess> {
    if (credential === undefined || credential === '') throw new CozyError('AUTH_REQUIRED');
    const access = this.tokens.isTicket(credential) ? await this.byTicket(credential) : await this.byToken(credential);
    await this.limits.take(`ws-connect:${access.principal.userId}`, this.section.ws_connects_per_minute);
    return access;
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
