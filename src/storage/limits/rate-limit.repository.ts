import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Logger } from '../../core/logging/logger.js';
import { withDeadline } from '../../core/util/deadline.js';
import { newId } from '../../core/util/ids.js';
import { RedisConnection } from '../redis/redis.connection.js';
import { SlidingWindow } from './sliding-window.js';

export interface Allowance {
  allowed: boolean;
  remaining: number;
  /** Milliseconds until the next one is allowed; 0 where one is left. */
  retryAfterMs: number;
}

/** One atomic step: forget what is older than the window, then count, and take a place only if there is one. */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
if used < limit then
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], window)
  return {1, limit - used - 1, 0}
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {0, 0, oldest[2] and (oldest[2] + window - now) or window}
`;

const MOST_KEYS = 100_000;
/** A limit is not worth waiting longer for. */
const REDIS_DEADLINE_MS = 500;

/**
 * Sliding windows: in Redis for all instances together, in this process where there is no Redis or it is away. What is refused does
 * not count, so a caller who keeps asking is let in again when the window has passed.
 */
@Injectable()
export class RateLimitRepository {
  private readonly windows = new LRUCache<string, SlidingWindow>({ max: MOST_KEYS });

  constructor(
    private readonly redis: RedisConnection,
    private readonly logger: Logger,
  ) {}

  /** Takes one of `limit` places in the last `windowMs` milliseconds. */
  async take(key: string, limit: number, windowMs: number): Promise<Allowance> {
    const { client } = this.redis;
    if (client?.status !== 'ready') return this.takeHere(key, limit, windowMs);
    try {
      const reply = await withDeadline(
        new AbortController().signal,
        REDIS_DEADLINE_MS,
        () => client.eval(TAKE, 1, `cozy:limit:${key}`, windowMs, limit, newId()) as Promise<number[]>,
        () => new Error('Redis took too long'),
      );
      const [allowed = 0, remaining = 0, retryAfterMs = 0] = reply.map(Number);
      return { allowed: allowed === 1, remaining, retryAfterMs };
    } catch (error) {
      this.logger.warn('Redis cannot count a rate limit; counting in this process', {}, error);
      return this.takeHere(key, limit, windowMs);
    }
  }

  private takeHere(key: string, limit: number, windowMs: number): Allowance {
    const window = this.windows.get(key) ?? new SlidingWindow();
    this.windows.set(key, window);
    return window.take(limit, windowMs, Date.now());
  }
}
