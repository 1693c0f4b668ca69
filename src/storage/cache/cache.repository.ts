import { Injectable } from '@nestjs/common';
import { Logger } from '../../core/logging/logger.js';
import { withDeadline } from '../../core/util/deadline.js';
import { newId } from '../../core/util/ids.js';
import { Database } from '../database/database.js';
import { RedisConnection } from '../redis/redis.connection.js';

/** After trouble Redis is left alone so long: turns must not pay for the same outage one after the other. */
const REST_MS = 5000;
const PREFIX = 'cozy:cache:';

/**
 * What all instances know of cached answers: the answers themselves in Redis, where there is one, and in Postgres which
 * of them still hold. Redis may lose or delay a write (a restart, a failover, a partition that only some instances are
 * behind), and then somebody would be served what was deleted; so Redis is never asked whether an answer still holds.
 */
@Injectable()
export class CacheRepository {
  /** Of a command to Redis: a cached answer is not worth waiting longer for. */
  protected readonly deadlineMs: number = 100;
  private restUntil = 0;

  constructor(
    private readonly redis: RedisConnection,
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  /** The present generation of each subject, in order; a random name, so that it never comes back. */
  async generations(subjects: readonly string[]): Promise<string[]> {
    const rows = await this.database.lookUp<{ subject: string; generation: string }>(
      'cache_generations',
      'SELECT subject, generation FROM cache_generations WHERE subject = ANY($1)',
      [subjects],
    );
    const known = new Map(rows.map(({ subject, generation }) => [subject, generation]));
    return subjects.map((subject) => known.get(subject) ?? '');
  }

  /** When this is done, no instance serves what was cached about the subject before. */
  async raise(subject: string): Promise<void> {
    await this.database.query(
      'cache_raise',
      `INSERT INTO cache_generations (subject, generation) VALUES ($1, $2)
       ON CONFLICT (subject) DO UPDATE SET generation = excluded.generation, raised_at = now()`,
      [subject, newId()],
    );
  }

  /** Null where there is no such answer, no Redis, or trouble with it. */
  async get(key: string): Promise<string | null> {
    return this.ask(null, (client) => client.get(PREFIX + key));
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.ask('OK', (client) => client.set(PREFIX + key, value, 'PX', Math.max(1, Math.round(ttlMs))));
  }

  private async ask<Value>(
    without: Value,
    command: (client: NonNullable<RedisConnection['client']>) => Promise<Value>,
  ): Promise<Value> {
    const { client } = this.redis;
    if (client?.status !== 'ready' || Date.now() < this.restUntil) return without;
    try {
      return await withDeadline(
        new AbortController().signal,
        this.deadlineMs,
        () => command(client),
        () => new Error('Redis took too long'),
      );
    } catch (error) {
      this.restUntil = Date.now() + REST_MS;
      this.logger.warn('Redis is not used as a cache for a while', { rest_ms: REST_MS }, error);
      return without;
    }
  }
}
