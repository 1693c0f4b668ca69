import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { DatabaseConnection } from '../database/database.connection.js';
import { RedisConnection } from '../redis/redis.connection.js';

/** Whether the stores answer. Each check throws when it fails. */
@Injectable()
export class HealthRepository {
  private migrated = false;

  constructor(
    private readonly database: Database,
    private readonly connection: DatabaseConnection,
    private readonly redis: RedisConnection,
  ) {}

  get databaseKind(): 'embedded' | 'postgres' {
    return this.connection.isEmbedded ? 'embedded' : 'postgres';
  }

  get redisConfigured(): boolean {
    return this.redis.client !== null;
  }

  async pingDatabase(): Promise<void> {
    await this.database.query('health_ping', 'SELECT 1', []);
  }

  /** Once the schema is up to date it stays so for this program. */
  async checkMigrations(): Promise<void> {
    if (this.migrated) return;
    if (await this.database.migrationsPending()) throw new Error('the database schema is older than this program');
    this.migrated = true;
  }

  async pingRedis(): Promise<void> {
    if (this.redis.client?.status !== 'ready') throw new Error('Redis is not connected');
    await this.redis.client.ping();
  }
}
