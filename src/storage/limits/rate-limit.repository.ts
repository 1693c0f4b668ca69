import { Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { Logger } from '../../core/logging/logger.js';
import { withDeadline } from '../../core/util/deadline.js';
import { newId } from '../../core/util/ids.js';
import { RedisConnection } from '../redis/redis.connection.js';
import { SlidingWindow } from './sliding-window.js';

/** So many places in any stretch of so many milliseconds. */
export interface RateWindow {
  key: string;
  limit: number;
  windowMs: number;
}

export interface Allowance {
  /** Whether this window has a place; one is taken only if all windows asked together have one. */
  allowed: boolean;
  /** Places left after this one. */
  remaining: number;
  /** Milliseconds until the next one is allowed; 0 where one is left. */
  retryAfterMs: number;
  /** Milliseconds until the oldest place is free again. */
  freesInMs: number;
}

/** One atomic step for all windows: forget what is older, count, and take a place in each only if each has one. */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local states, full = {}, false
for index, key in ipairs(KEYS) do
  local window, limit = tonumber(ARGV[2 * index]), tonumber(ARGV[2 * index + 1])
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - window)
  local used = redis.call('ZCARD', key)
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  states[2 * index - 1] = used
  states[2 * index] = oldest[2] and (oldest[2] + window - now) or window
  full = full or used >= limit
end
if not full then
  for index, key in ipairs(KEYS) do
    redis.call('ZADD', key, now, ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2 * index])
  end
end
return states
`;

const MOST_KEYS = 100_000;
/** A limit is not worth waiting longer for. */
const REDIS_DEADLINE_MS = 500;
/** After Redis has failed it is left alone for a while: nobody shall wait for it with every request. */
const REDIS_PAUSE_MS = 5000;

type Limiter = Redis & { cozyTakePlaces(keys: number, ...rest: (string | number)[]): Promise<number[]> };

/**
 * Sliding windows: in Redis for all instances together, in this process where there is no Redis or it is away. What is refused does
 * not count, so a caller who keeps asking is let in again when the window has passed.
 */
@Injectable()
export class RateLimitRepository {
  private readonly windows = new LRUCache<string, SlidingWindow>({ max: MOST_KEYS });
  private redisFrom = 0;

  constructor(
    private readonly redis: RedisConnection,
    private readonly logger: Logger,
  ) {
    redis.client?.defineCommand('cozyTakePlaces', { lua: TAKE });
  }

  /** Takes one of `limit` places in the last `windowMs` milliseconds. */
  async take(key: string, limit: number, windowMs: number): Promise<Allowance> {
    const [allowance] = await this.takeAll([{ key, limit, windowMs }]);
    return allowance as Allowance;
  }

  /** Takes a place in every window, or in none where one of them is full. Answers in the order of the windows. */
  async takeAll(windows: readonly RateWindow[]): Promise<Allowance[]> {
    const { client } = this.redis;
    const isUsable = client?.status === 'ready' && Date.now() >= this.redisFrom;
    return (isUsable ? await this.takeInRedis(client as Limiter, windows) : undefined) ?? this.takeHere(windows);
  }

  private async takeInRedis(client: Limiter, windows: readonly RateWindow[]): Promise<Allowance[] | undefined> {
    const keys = windows.map(({ key }) => `cozy:limit:${key}`);
    const bounds = windows.flatMap(({ windowMs, limit }) => [windowMs, limit]);
    try {
      const states = await withDeadline(
        new AbortController().signal,
        REDIS_DEADLINE_MS,
        () => client.cozyTakePlaces(keys.length, ...keys, newId(), ...bounds),
        () => new Error('Redis took too long'),
      );
      return windows.map(({ limit }, at) => standing(limit, Number(states[2 * at]), Number(states[2 * at + 1])));
    } catch (error) {
      this.redisFrom = Date.now() + REDIS_PAUSE_MS;
      this.logger.warn('Redis cannot count a rate limit; counting in this process', {}, error);
      return undefined;
    }
  }

  private takeHere(windows: readonly RateWindow[]): Allowance[] {
    const now = Date.now();
    const found = windows.map(({ key, windowMs, limit }) => {
      const window = this.windows.get(key) ?? new SlidingWindow();
      this.windows.set(key, window);
      const { used, freesInMs } = window.state(windowMs, now);
      return { window, allowance: standing(limit, used, freesInMs) };
    });
    if (found.every((one) => one.allowance.allowed)) for (const { window } of found) window.add(now);
    return found.map((one) => one.allowance);
  }
}

function standing(limit: number, used: number, freesInMs: number): Allowance {
  const allowed = used < limit;
  return { allowed, remaining: Math.max(0, limit - used - 1), retryAfterMs: allowed ? 0 : freesInMs, freesInMs };
}
