import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppSection } from '../core/config/sections/app.section.js';
import { EnginesSection } from '../core/config/sections/engines.section.js';
import { StorageSection } from '../core/config/sections/storage.section.js';
import { Logger } from '../core/logging/logger.js';
import { AccountDataRepository } from './accounts/account-data.repository.js';
import { AccountDeletionRepository } from './accounts/account-deletion.repository.js';
import { AccountExportRepository } from './accounts/account-export.repository.js';
import { ApiKeyRepository } from './api-keys/api-key.repository.js';
import { AuditChainRepository } from './audit/audit-chain.repository.js';
import { AuditEventRepository } from './audit/audit-event.repository.js';
import { AuditInboxRepository } from './audit/audit-inbox.repository.js';
import { CacheRepository } from './cache/cache.repository.js';
import { CanaryCountRepository } from './canary/canary-count.repository.js';
import { CanaryRuleRepository } from './canary/canary-rule.repository.js';
import { connectDatabase, DatabaseConnection } from './database/database.connection.js';
import { Database } from './database/database.js';
import { ChunkRepository } from './documents/chunk.repository.js';
import { DocumentRepository } from './documents/document.repository.js';
import { ExpiryRepository } from './expiry/expiry.repository.js';
import { HealthRepository } from './health/health.repository.js';
import { IdempotencyKeyRepository } from './idempotency/idempotency-key.repository.js';
import { VoicePlaceRepository } from './voice-places/voice-place.repository.js';
import { RateLimitRepository } from './limits/rate-limit.repository.js';
import { MemoryRepository } from './memories/memory.repository.js';
import { MessageRepository } from './messages/message.repository.js';
import { SpokenRepository } from './messages/spoken.repository.js';
import { TurnRepository } from './messages/turn.repository.js';
import { OutboxDrainRepository } from './outbox/outbox-drain.repository.js';
import { OutboxRepository } from './outbox/outbox.repository.js';
import { ProfileFactRepository } from './profile-facts/profile-fact.repository.js';
import { connectRedis, RedisConnection } from './redis/redis.connection.js';
import { RefreshTokenRepository } from './refresh-tokens/refresh-token.repository.js';
import { ResponseRepository } from './responses/response.repository.js';
import { ConversationRepository } from './sessions/conversation.repository.js';
import { SessionRepository } from './sessions/session.repository.js';
import { SignalRepository } from './signals/signal.repository.js';
import { SecondFactorRepository } from './sign-in/second-factor.repository.js';
import { SignInFailureRepository } from './sign-in/sign-in-failure.repository.js';
import { SessionSummaryRepository } from './summaries/session-summary.repository.js';
import { ToolApprovalRepository } from './tools/tool-approval.repository.js';
import { ToolExchangeRepository } from './tools/tool-exchange.repository.js';
import { UsageRepository } from './usage/usage.repository.js';
import { UserRepository } from './users/user.repository.js';
import { RealtimeSecretRepository } from './realtime-secrets/realtime-secret.repository.js';
import { UsedTicketRepository } from './ws-tickets/used-ticket.repository.js';

const REPOSITORIES = [
  UserRepository,
  RefreshTokenRepository,
  ApiKeyRepository,
  SessionRepository,
  MessageRepository,
  TurnRepository,
  SpokenRepository,
  UsageRepository,
  IdempotencyKeyRepository,
  OutboxRepository,
  OutboxDrainRepository,
  AuditInboxRepository,
  AuditChainRepository,
  AuditEventRepository,
  HealthRepository,
  SignalRepository,
  ExpiryRepository,
  ToolExchangeRepository,
  ToolApprovalRepository,
  RateLimitRepository,
  VoicePlaceRepository,
  MemoryRepository,
  ProfileFactRepository,
  CacheRepository,
  UsedTicketRepository,
  RealtimeSecretRepository,
  SignInFailureRepository,
  SecondFactorRepository,
  AccountDataRepository,
  AccountDeletionRepository,
  AccountExportRepository,
  SessionSummaryRepository,
  DocumentRepository,
  ChunkRepository,
  ResponseRepository,
  ConversationRepository,
  CanaryRuleRepository,
  CanaryCountRepository,
];

/** No turn waits longer for what it looks up. */
const longestWait = ({ memory, profile, knowledge }: EnginesSection): number =>
  Math.max(memory.timeout_ms, profile.timeout_ms, knowledge.timeout_ms);

/** Postgres and Redis: knows rows, not prompts. The DataSource itself stays inside. */
@Module({})
export class StorageModule {
  static register(core: DynamicModule): DynamicModule {
    return {
      module: StorageModule,
      imports: [core],
      providers: [
        {
          provide: DatabaseConnection,
          useFactory: (app: AppSection, storage: StorageSection, logger: Logger, engines: EnginesSection) =>
            connectDatabase(app, storage, logger, longestWait(engines)),
          inject: [AppSection, StorageSection, Logger, EnginesSection],
        },
        { provide: RedisConnection, useFactory: connectRedis, inject: [StorageSection, Logger] },
        {
          provide: DataSource,
          useFactory: (connection: DatabaseConnection) => connection.dataSource,
          inject: [DatabaseConnection],
        },
        Database,
        ...REPOSITORIES,
      ],
      exports: [...REPOSITORIES, DatabaseConnection, RedisConnection],
    };
  }
}
