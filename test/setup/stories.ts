import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Abstract, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { loadConfig } from '../../src/core/config/load-config.js';
import { Logger } from '../../src/core/logging/logger.js';
import { newId } from '../../src/core/util/ids.js';
import { DatabaseConnection } from '../../src/storage/database/database.connection.js';
import { RedisConnection } from '../../src/storage/redis/redis.connection.js';
import { UserRepository } from '../../src/storage/users/user.repository.js';
import { type ConfigFiles, configFolder } from './config-folder.js';
import { giveBackRedis, onServices, RUN_PREFIX, scratchDatabase, emptyRedisUrl } from './test-lane.js';

/** A new embedded database is made in it. */
export const FIRST_START_MS = 120_000;

/** The whole program within the test, without its doors: real services on a real database. */
export interface Stories {
  get<Service>(service: Type<Service> | Abstract<Service>): Service;
  newUser(): Promise<string>;
  stop(): Promise<void>;
}

export async function startStories(env: Record<string, string>, config: ConfigFiles = {}): Promise<Stories> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), `${RUN_PREFIX}-stories-`));
  const database = onServices ? await scratchDatabase() : undefined;
  const redisUrl = onServices ? await emptyRedisUrl() : undefined;
  const loaded = loadConfig(
    {
      DATA_DIR: dataDir,
      ROLE: 'api',
      ...(database && { DATABASE_URL: database.url }),
      ...(redisUrl && { REDIS_URL: redisUrl }),
      ...env,
    },
    configFolder(config),
  );
  const app: INestApplicationContext = await NestFactory.createApplicationContext(
    AppModule.register(loaded, new Logger('silent')),
    { logger: false, abortOnError: false },
  );
  const get = <Service>(service: Type<Service> | Abstract<Service>) => app.get(service, { strict: false });
  return {
    get,
    newUser: async () => {
      const id = newId();
      const username = `u${id.replaceAll('-', '').slice(-16)}`;
      const email = `${username}@example.com`;
      await get(UserRepository).create({ id, username, email, passwordHash: 'none', role: 'user' });
      return id;
    },
    stop: async () => {
      const stores = [get(RedisConnection), get(DatabaseConnection)];
      await app.close();
      for (const store of stores) await store.close();
      await database?.drop();
      giveBackRedis(redisUrl);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
