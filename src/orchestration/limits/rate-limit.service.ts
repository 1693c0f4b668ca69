import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { RateLimitRepository } from '../../storage/limits/rate-limit.repository.js';

const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

/** What somebody may do how often. */
@Injectable()
export class RateLimitService {
  constructor(private readonly limits: RateLimitRepository) {}

  /** Takes one of `perMinute` places. Throws RATE_LIMIT_EXCEEDED where none is left; what is refused does not count. */
  async take(key: string, perMinute: number, message?: string): Promise<void> {
    const { allowed, retryAfterMs } = await this.limits.take(key, perMinute, MINUTE_MS);
    if (allowed) return;
    throw new CozyError('RATE_LIMIT_EXCEEDED', {
      retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / SECOND_MS)),
      ...(message !== undefined && { message }),
    });
  }
}
