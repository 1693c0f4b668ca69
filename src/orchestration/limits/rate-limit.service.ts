import { Injectable } from '@nestjs/common';
import { SecuritySection } from '../../core/config/sections/security.section.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { LimitMetrics } from '../../core/metrics/limit-metrics.js';
import { type Allowance, RateLimitRepository } from '../../storage/limits/rate-limit.repository.js';
import { addressGroup } from './address-group.js';

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;
/** Six digits are guessed in a million tries, and a stolen token must not be a way to try out passwords. */
const REAUTHENTICATION_PER_MINUTE = 10;

/** Limits of single routes, beside those of the address and of the user. */
export type RouteLimit = 'sign_in' | 'upload' | 'reauthentication';

/** What to tell the caller, of the window that is nearest to its end. */
export interface Quota {
  limit: number;
  remaining: number;
  resetSeconds: number;
}

/** The error and what is known of the window that refused. */
export class LimitReached extends CozyError {
  constructor(
    readonly quota: Quota,
    message?: string,
  ) {
    super('RATE_LIMIT_EXCEEDED', { retryAfterSeconds: quota.resetSeconds, ...(message !== undefined && { message }) });
  }
}

interface Layer {
  layer: string;
  key: string;
  perMinute: number;
}

/** Who may do what how often: by address before it is known who asks, then by user, key and route. */
@Injectable()
export class RateLimitService {
  constructor(
    private readonly limits: RateLimitRepository,
    private readonly section: SecuritySection,
    private readonly metrics: LimitMetrics,
  ) {}

  /** Throws LimitReached for an address that asks too much. To be asked before credentials are looked at. */
  address(address: string): Promise<Quota> {
    const group = addressGroup(address);
    return this.takeAll([
      { layer: 'address', key: `address:${group}`, perMinute: this.section.rate_limit_ip_per_minute },
    ]);
  }

  /**
   * As `address`, for the connection below Socket.IO's namespaces. Twice as many: whoever asks for a namespace is better
   * told there, where the refusal says what it is.
   */
  handshake(address: string): Promise<Quota> {
    const key = `handshake:${addressGroup(address)}`;
    return this.takeAll([{ layer: 'handshake', key, perMinute: 2 * this.section.rate_limit_ip_per_minute }]);
  }

  /** Throws LimitReached for a user, or an API key with a limit of its own, that asks too much. */
  caller({ userId, credentialId, rateLimitPerMinute }: Principal, route?: RouteLimit): Promise<Quota> {
    const layers: Layer[] = [
      { layer: 'user', key: `user:${userId}`, perMinute: this.section.rate_limit_user_per_minute },
    ];
    if (rateLimitPerMinute !== null)
      layers.push({ layer: 'key', key: `key:${credentialId}`, perMinute: rateLimitPerMinute });
    if (route) layers.push({ layer: route, key: `${route}:${userId}`, perMinute: this.perMinute(route) });
    return this.takeAll(layers);
  }

  /** As `caller`, for routes that anybody may ask. */
  anonymous(address: string, route: RouteLimit): Promise<Quota> {
    return this.takeAll([{ layer: route, key: `${route}:${addressGroup(address)}`, perMinute: this.perMinute(route) }]);
  }

  /** Throws LimitReached for a user who opens sockets too often. */
  socket(userId: string, perMinute: number): Promise<Quota> {
    return this.takeAll([{ layer: 'socket', key: `ws-connect:${userId}`, perMinute }]);
  }

  private perMinute(route: RouteLimit): number {
    const { rate_limit_sign_in_per_minute, rate_limit_upload_per_minute } = this.section;
    if (route === 'upload') return rate_limit_upload_per_minute;
    return route === 'sign_in' ? rate_limit_sign_in_per_minute : REAUTHENTICATION_PER_MINUTE;
  }

  private async takeAll(layers: readonly Layer[]): Promise<Quota> {
    const windows = layers.map(({ key, perMinute }) => ({ key, limit: perMinute, windowMs: MINUTE_MS }));
    const taken = await this.limits.takeAll(windows);
    const rows = layers.map((layer, at) => ({ layer, allowance: taken[at] as Allowance }));
    const full = rows.filter(({ allowance }) => !allowance.allowed);
    const [first] = full;
    if (!first) return quotaOf(rows.reduce((least, row) => (left(row) < left(least) ? row : least)));
    for (const { layer } of full) this.metrics.refused(layer.layer);
    throw new LimitReached(quotaOf(full.reduce((last, row) => (waits(row) > waits(last) ? row : last))));
  }
}

interface Row {
  layer: Layer;
  allowance: Allowance;
}

const left = ({ allowance }: Row) => allowance.remaining;
const waits = ({ allowance }: Row) => allowance.retryAfterMs;

const quotaOf = ({ layer, allowance }: Row): Quota => ({
  limit: layer.perMinute,
  remaining: allowance.remaining,
  resetSeconds: Math.max(1, Math.ceil(allowance.freesInMs / SECOND_MS)),
});
