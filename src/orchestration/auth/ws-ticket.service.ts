import { Injectable } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid, newId } from '../../core/util/ids.js';
import { UserRepository } from '../../storage/users/user.repository.js';
import { UsedTicketRepository } from '../../storage/ws-tickets/used-ticket.repository.js';
import { AccessTokenService, type TicketClaims } from './access-token.service.js';
import { ApiKeyService } from './api-key.service.js';

const TTL_SECONDS = 30;
/** Longer than a ticket lives with all allowance for clocks. */
const REMEMBERED_SECONDS = 120;

/**
 * Tickets for connections whose address is all that a browser may choose: they stand in the query, so they open one
 * connection and are worth nothing after. What they open lives as long as the sign-in or the key behind them.
 */
@Injectable()
export class WsTicketService {
  constructor(
    private readonly tokens: AccessTokenService,
    private readonly users: UserRepository,
    private readonly apiKeys: ApiKeyService,
    private readonly used: UsedTicketRepository,
  ) {}

  async issue(principal: Principal): Promise<{ ticket: string; expiresInSeconds: number }> {
    const { userId, scopes, credentialId } = principal;
    const state = await this.users.signInState(userId, null);
    if (!state) throw new CozyError('AUTH_TOKEN_INVALID');
    const claims = { id: newId(), userId, credentialId, isApiKey: scopes !== null, tokenVersion: state.tokenVersion };
    return { ticket: await this.tokens.signTicket(claims, TTL_SECONDS), expiresInSeconds: TTL_SECONDS };
  }

  /** Throws AUTH_TOKEN_EXPIRED, AUTH_TOKEN_INVALID, AUTH_TOKEN_REVOKED or AUTH_ACCOUNT_INACTIVE. */
  async redeem(ticket: string): Promise<{ principal: Principal; claims: TicketClaims }> {
    const claims = await this.tokens.verifyTicket(ticket);
    if (!isUuid(claims.id) || !isUuid(claims.userId)) throw new CozyError('AUTH_TOKEN_INVALID');
    if (!(await this.used.use(claims.id, REMEMBERED_SECONDS))) {
      throw new CozyError('AUTH_TOKEN_INVALID', { message: 'This ticket was used before. Ask for a new one.' });
    }
    return { principal: await this.principalOf(claims), claims };
  }

  /** Whoever the ticket was given to, if that sign-in or key is still good. */
  async principalOf({ userId, credentialId, isApiKey, tokenVersion }: TicketClaims): Promise<Principal> {
    if (isApiKey) {
      const principal = await this.apiKeys.standing(credentialId ?? '');
      if (principal.userId !== userId) throw new CozyError('AUTH_TOKEN_INVALID');
      return principal;
    }
    const state = await this.users.signInState(userId, credentialId);
    if (!state) throw new CozyError('AUTH_TOKEN_INVALID');
    if (state.status !== 'active') throw new CozyError('AUTH_ACCOUNT_INACTIVE');
    const ended = state.tokenVersion !== tokenVersion || (credentialId !== null && !state.familyAlive);
    if (ended) throw new CozyError('AUTH_TOKEN_REVOKED');
    return { userId, role: state.role, scopes: null, credentialId, rateLimitPerMinute: null };
  }
}
