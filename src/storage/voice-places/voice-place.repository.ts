import { Injectable } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { withDeadline } from '../../core/util/deadline.js';
import { RedisConnection } from '../redis/redis.connection.js';

/** One call of a user, and the instance that it lives on. */
export interface VoicePlace {
  userId: string;
  callId: string;
  instanceId: string;
}

/** Atomic: forget the calls of instances that have died, then count, and take a place only if there is one. */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
`;

/** Also of a call that Redis has forgotten, or never knew of. */
const KEEP = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`;

const FIND = `
local time = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000), '+inf')
`;

/** A call must not wait longer for being counted. */
const DEADLINE_MS = 500;

const keyOf = (userId: string) => `cozy:calls:${userId}`;
const memberOf = ({ callId, instanceId }: VoicePlace) => `${callId} ${instanceId}`;

/** The calls of all instances, in Redis; where there is none, or it is away, each instance knows but its own. */
@Injectable()
export class VoicePlaceRepository {
  constructor(
    private readonly redis: RedisConnection,
    private readonly logger: Logger,
  ) {}

  /** False where the user has so many calls already. The place is free again after `ttlMs`, unless it is kept. */
  async take(place: VoicePlace, most: number, ttlMs: number): Promise<boolean> {
    return (await this.ask(1, TAKE, place.userId, [most, ttlMs, memberOf(place)])) === 1;
  }

  /** For another `ttlMs`. */
  async keep(place: VoicePlace, ttlMs: number): Promise<void> {
    await this.ask(1, KEEP, place.userId, [ttlMs, memberOf(place)]);
  }

  async free(place: VoicePlace): Promise<void> {
    await this.ask(1, `return redis.call('ZREM', KEYS[1], ARGV[1])`, place.userId, [memberOf(place)]);
  }

  /** The instance that a call of the user's lives on; undefined where that is not known. */
  async instanceOf(callId: string, userId: string): Promise<string | undefined> {
    const members = await this.ask<string[]>([], FIND, userId, []);
    return members.map((member) => member.split(' ')).find(([id]) => id === callId)?.[1];
  }

  private async ask<Answer>(
    without: Answer,
    script: string,
    userId: string,
    values: (string | number)[],
  ): Promise<Answer> {
    const { client } = this.redis;
    if (client?.status !== 'ready') return without;
    try {
      return await withDeadline(
        new AbortController().signal,
        DEADLINE_MS,
        () => client.eval(script, 1, keyOf(userId), ...values) as Promise<Answer>,
        () => new Error('Redis took too long'),
      );
    } catch (error) {
      this.logger.warn('Redis cannot count the calls of a user; counting in this process', {}, error);
      return without;
    }
  }
}
