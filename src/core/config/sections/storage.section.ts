import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

/** `config/storage.yaml`: Postgres and Redis. */
export class StorageSection {
  /** Postgres; without it the embedded database in `data_dir` is used. Secret, as it may hold a password. */
  @IsOptional()
  @IsString()
  @MaxLength(4096)
  @Matches(/^postgres(ql)?:\/\/\S+$/, { message: 'must look like postgres://user:password@host:5432/database' })
  database_url?: string;

  /** Redis; without it the queue runs on Postgres and caches live in the process. */
  @IsOptional()
  @IsString()
  @MaxLength(4096)
  @Matches(/^rediss?:\/\/\S+$/, { message: 'must look like redis://host:6379' })
  redis_url?: string;

  /** Connections to Postgres a process. */
  @IsInt() @Min(2) @Max(200) pool_size = 16;

  @IsInt() @Min(100) @Max(60_000) connect_timeout_ms = 5000;

  /** No single statement may run longer. */
  @IsInt() @Min(100) @Max(600_000) statement_timeout_ms = 15_000;

  /** Days that something is kept after its end; 0 keeps it for ever. Sessions and messages that users have deleted: */
  @IsInt() @Min(0) @Max(36_500) retention_deleted_days = 30;
  /** Sums of usage, by their day. */
  @IsInt() @Min(0) @Max(36_500) retention_usage_days = 0;
  /** Background work that was given up. */
  @IsInt() @Min(0) @Max(36_500) retention_dead_letter_days = 0;
  /** API keys that were revoked or have expired. */
  @IsInt() @Min(0) @Max(36_500) retention_api_key_days = 90;
}
