import { Injectable } from '@nestjs/common';
import { ApiSection } from '../../core/config/sections/api.section.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { RateLimitService } from '../limits/rate-limit.service.js';
import { AccessTokenService, type TicketClaims } from './access-token.service.js';
import { PrincipalService } from './principal.service.js';
import { WsTicketService } from './ws-ticket.service.js';

/** What a connection is allowed, for as long as it lives. */
export interface SocketAccess {
  /** As it was let in. */
  readonly principal: Principal;
  /** What the ticket said, where it was let in by one: `reopen` takes it. No secret. */
  readonly ticket: TicketClaims | null;
  /** Throws an AUTH_* error once the sign-in, the key or the account behind the connection is no longer good. */
  recheck(): Promise<Principal>;
  /** Told when the user's credentials have changed, so that it is to be checked again. Returns how to stop listening. */
  onChange(listener: () => void): () => void;
}

type Listeners = Set<() => void>;

/** Who may open a connection that stays: by an access token, an API key or a ticket, so many times a minute. */
@Injectable()
export class SocketAccessService {
  private readonly listeners = new Map<string, Listeners>();

  constructor(
    private readonly principals: PrincipalService,
    private readonly tickets: WsTicketService,
    private readonly tokens: AccessTokenService,
    private readonly limits: RateLimitService,
    private readonly section: ApiSection,
  ) {
    principals.onChange((userId) => {
      const concerned = userId === null ? [...this.listeners.values()] : [this.listeners.get(userId) ?? []];
      for (const listener of concerned.flatMap((some) => [...some])) listener();
    });
  }

  /** @param address of the client, whose attempts are limited before its credential is looked at. */
  async admit(credential: string | undefined, address: string): Promise<SocketAccess> {
    await this.limits.address(address);
    if (credential === undefined || credential === '') throw new CozyError('AUTH_REQUIRED');
    const access = this.tokens.isTicket(credential) ? await this.byTicket(credential) : await this.byToken(credential);
    await this.limits.socket(access.principal.userId, this.section.ws_connects_per_minute);
    return access;
  }

  /** For a connection that was let in by a ticket, was lost, and has proved to be the same. Throws as `recheck`. */
  async reopen(ticket: TicketClaims): Promise<SocketAccess> {
    const principal = await this.standing(ticket);
    await this.limits.socket(principal.userId, this.section.ws_connects_per_minute);
    return this.ticketAccess(principal, ticket);
  }

  private async byToken(credential: string): Promise<SocketAccess> {
    const principal = await this.principals.authenticate(credential);
    return {
      principal,
      ticket: null,
      recheck: () => this.principals.authenticate(credential),
      onChange: (listener) => this.listen(principal.userId, listener),
    };
  }

  private async byTicket(ticket: string): Promise<SocketAccess> {
    const { principal, claims } = await this.tickets.redeem(ticket);
    return this.ticketAccess(principal, claims);
  }

  private ticketAccess(principal: Principal, ticket: TicketClaims): SocketAccess {
    return {
      principal,
      ticket,
      recheck: () => this.standing(ticket),
      onChange: (listener) => this.listen(principal.userId, listener),
    };
  }

  /** Asked before each message: an answer holds as long as that of a token does. */
  private standing(ticket: TicketClaims): Promise<Principal> {
    return this.principals.known(`ticket ${ticket.id}`, () => this.tickets.principalOf(ticket));
  }

  private listen(userId: string, listener: () => void): () => void {
    const listeners: Listeners = this.listeners.get(userId) ?? new Set();
    this.listeners.set(userId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(userId) === listeners) this.listeners.delete(userId);
    };
  }
}
