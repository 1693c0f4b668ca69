import type { Redis } from 'ioredis';
import type { StorageSection } from '../../core/config/sections/storage.section.js';
import { StartError } from '../../core/errors/start.error.js';
import type { Logger } from '../../core/logging/logger.js';
import { WatchedRedis } from './watched-redis.js';

/**
 * How long Redis may keep an answer back. A machine that is gone says no goodbye, and the system gives a connection to it up
 * after a quarter of an hour only. Longer than what waits for news there: at most 10 s at a time.
 */
const SILENT_MS = 20_000;

/** Redis where it is configured; `client` is null where it is not. */
export class RedisConnection {
  constructor(readonly client: Redis | null) {}

  async close(): Promise<void> {
    if (this.client && this.client.status !== 'end') this.client.disconnect();
  }
}

/** Connects, or says in one line why not. Later outages are ridden out by the client's own reconnects. */
export async function connectRedis(
  storage: StorageSection,
  logger: Logger,
  silentMs = SILENT_MS,
): Promise<RedisConnection> {
  if (!storage.redis_url) return new RedisConnection(null);
  const options = {
    silentMs,
    lazyConnect: true,
    connectTimeout: storage.connect_timeout_ms,
    // BullMQ's workers block on Redis and insist on this.
    maxRetriesPerRequest: null,
    retryStrategy: (attempt: number) => Math.min(100 * 2 ** attempt, 5000),
  };
  const client = new WatchedRedis(options, storage.redis_url);
  let lastError: unknown;
  client.on('error', (error) => {
    lastError = error;
    logger.warn('Redis connection failed', {}, error);
  });
  try {
    await client.connect();
    // ioredis only warns when the database of the URL does not exist, and goes on with the first one.
    await client.select(client.options.db ?? 0);
  } catch (error) {
    client.disconnect();
    const { code, message } = (lastError ?? error) as Error & { code?: string };
    throw new StartError(
      `REDIS_URL: cannot use Redis (${code ?? message}); start it, correct REDIS_URL, or unset it to run without Redis.`,
    );
  }
  return new RedisConnection(client);
}
