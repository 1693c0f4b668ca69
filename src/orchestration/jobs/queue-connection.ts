import { BullModule } from '@nestjs/bullmq';
import type { DynamicModule } from '@nestjs/common';
import { createPostgresBackend, type QueueOptions, setDefaultBackendFactory } from 'bullmq';
import { DatabaseConnection } from '../../storage/database/database.connection.js';
import { RedisConnection } from '../../storage/redis/redis.connection.js';
import { QUEUE_NAME } from './job.queue.js';

/** The queue's tables live in a schema of their own, which BullMQ itself keeps up to date. */
const SCHEMA = 'bullmq';
const POSTGRES_CONNECTIONS = 3;

function queueOptions(database: DatabaseConnection, redis: RedisConnection): QueueOptions {
  if (redis.client) return { connection: redis.client, prefix: 'cozy' };
  // BullMQ knows its backend by a process-wide default; Nest's module offers no other way to choose it.
  setDefaultBackendFactory(createPostgresBackend);
  const connection = { ...database.poolConfig, max: POSTGRES_CONNECTIONS, schema: SCHEMA, migrate: true };
  return { connection };
}

/** BullMQ on Redis where it is configured, else on the same Postgres as everything else. */
export function queueModules(storage: DynamicModule): DynamicModule[] {
  return [
    BullModule.forRootAsync({
      imports: [storage],
      inject: [DatabaseConnection, RedisConnection],
      useFactory: queueOptions,
    }),
    BullModule.registerQueue({ name: QUEUE_NAME }),
  ];
}
