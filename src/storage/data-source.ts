import { DataSource, type DataSourceOptions } from 'typeorm';
import { AccountExportEntity } from './accounts/account-export.entity.js';
import { AccountExportPartEntity } from './accounts/account-export-part.entity.js';
import { ApiKeyEntity } from './api-keys/api-key.entity.js';
import { AuditCheckpointEntity } from './audit/audit-checkpoint.entity.js';
import { AuditEventEntity } from './audit/audit-event.entity.js';
import { AuditHeadEntity } from './audit/audit-head.entity.js';
import { AuditInboxEntity } from './audit/audit-inbox.entity.js';
import { CacheGenerationEntity } from './cache/cache-generation.entity.js';
import { CanaryCountEntity } from './canary/canary-count.entity.js';
import { CanaryRuleEntity } from './canary/canary-rule.entity.js';
import { SnakeNaming } from './database/snake-naming.js';
import { ChunkEntity } from './documents/chunk.entity.js';
import { ChunkVectorEntity } from './documents/chunk-vector.entity.js';
import { DocumentEntity } from './documents/document.entity.js';
import { DocumentWordEntity } from './documents/document-word.entity.js';
import { IdempotencyKeyEntity } from './idempotency/idempotency-key.entity.js';
import { ForgottenItemEntity } from './learning/forgotten-item.entity.js';
import { LearnedTurnEntity } from './learning/learned-turn.entity.js';
import { LearningHorizonEntity } from './learning/learning-horizon.entity.js';
import { MemoryEntity } from './memories/memory.entity.js';
import { MemoryRevisionEntity } from './memories/memory-revision.entity.js';
import { MessageEntity } from './messages/message.entity.js';
import { InitialSchema1763800000000 } from './migrations/1763800000000-initial-schema.js';
import { Tools1763900000000 } from './migrations/1763900000000-tools.js';
import { Memory1764000000000 } from './migrations/1764000000000-memory.js';
import { WriteBack1764100000000 } from './migrations/1764100000000-write-back.js';
import { ForgottenImportEntity } from './imports/forgotten-import.entity.js';
import { ForgottenImports1764930000000 } from './migrations/1764930000000-forgotten-imports.js';
import { DocumentSignals1764940000000 } from './migrations/1764940000000-document-signals.js';
import { HistoryRevisions1764950000000 } from './migrations/1764950000000-history-revisions.js';
import { OutboxIndex1764960000000 } from './migrations/1764960000000-outbox-index.js';
import { Retention1764920000000 } from './migrations/1764920000000-retention.js';
import { SecondFactor1764870000000 } from './migrations/1764870000000-second-factor.js';
import { SessionSignals1764700000000 } from './migrations/1764700000000-session-signals.js';
import { MemoryRevisions1764810000000 } from './migrations/1764810000000-memory-revisions.js';
import { CanaryCounts1764900000000 } from './migrations/1764900000000-canary-counts.js';
import { LargeParts1764900010000 } from './migrations/1764900010000-large-parts.js';
import { CanaryRules1764850000000 } from './migrations/1764850000000-canary-rules.js';
import { UserRights1764500000000 } from './migrations/1764500000000-user-rights.js';
import { SessionSummaries1764600000000 } from './migrations/1764600000000-session-summaries.js';
import { Documents1764200000000 } from './migrations/1764200000000-documents.js';
import { WriteBackDue1764300000000 } from './migrations/1764300000000-write-back-due.js';
import { MemoryOutlines1764400000000 } from './migrations/1764400000000-memory-outlines.js';
import { OutboxLeaseEntity } from './outbox/outbox-lease.entity.js';
import { CacheGenerations1764050000000 } from './migrations/1764050000000-cache-generations.js';
import { OutboxEntity } from './outbox/outbox.entity.js';
import { ProfileFactEntity } from './profile-facts/profile-fact.entity.js';
import { Responses1764860000000 } from './migrations/1764860000000-responses.js';
import { RefreshTokenEntity } from './refresh-tokens/refresh-token.entity.js';
import { ResponseEntity } from './responses/response.entity.js';
import { SessionEntity } from './sessions/session.entity.js';
import { SessionSummaryEntity } from './summaries/session-summary.entity.js';
import { ToolApprovalEntity } from './tools/tool-approval.entity.js';
import { ToolExchangeEntity } from './tools/tool-exchange.entity.js';
import { UsageDailyEntity } from './usage/usage-daily.entity.js';
import { UsageEventEntity } from './usage/usage-event.entity.js';
import { UsedTickets1764230000000 } from './migrations/1764230000000-used-tickets.js';
import { UserEntity } from './users/user.entity.js';
import { RealtimeSecrets1764840000000 } from './migrations/1764840000000-realtime-secrets.js';
import { RealtimeSecretEntity } from './realtime-secrets/realtime-secret.entity.js';
import { ExactCostsAndTraces1764910000000 } from './migrations/1764910000000-exact-costs-and-traces.js';
import { SignInFailureEntity } from './sign-in/sign-in-failure.entity.js';
import { UsedTicketEntity } from './ws-tickets/used-ticket.entity.js';

const ENTITIES = [
  UserEntity,
  RefreshTokenEntity,
  ApiKeyEntity,
  SessionEntity,
  MessageEntity,
  UsageEventEntity,
  UsageDailyEntity,
  AuditInboxEntity,
  AuditEventEntity,
  AuditHeadEntity,
  AuditCheckpointEntity,
  OutboxEntity,
  OutboxLeaseEntity,
  IdempotencyKeyEntity,
  ToolExchangeEntity,
  ToolApprovalEntity,
  MemoryEntity,
  MemoryRevisionEntity,
  ProfileFactEntity,
  LearnedTurnEntity,
  LearningHorizonEntity,
  CacheGenerationEntity,
  ForgottenItemEntity,
  ForgottenImportEntity,
  AccountExportEntity,
  AccountExportPartEntity,
  SessionSummaryEntity,
  DocumentEntity,
  ChunkEntity,
  ChunkVectorEntity,
  DocumentWordEntity,
  UsedTicketEntity,
  RealtimeSecretEntity,
  ResponseEntity,
  SignInFailureEntity,
  CanaryRuleEntity,
  CanaryCountEntity,
];

const MIGRATIONS = [
  InitialSchema1763800000000,
  Tools1763900000000,
  Memory1764000000000,
  CacheGenerations1764050000000,
  WriteBack1764100000000,
  Documents1764200000000,
  UsedTickets1764230000000,
  WriteBackDue1764300000000,
  MemoryOutlines1764400000000,
  UserRights1764500000000,
  SessionSummaries1764600000000,
  SessionSignals1764700000000,
  MemoryRevisions1764810000000,
  RealtimeSecrets1764840000000,
  CanaryRules1764850000000,
  Responses1764860000000,
  SecondFactor1764870000000,
  CanaryCounts1764900000000,
  LargeParts1764900010000,
  ExactCostsAndTraces1764910000000,
  Retention1764920000000,
  ForgottenImports1764930000000,
  DocumentSignals1764940000000,
  HistoryRevisions1764950000000,
  OutboxIndex1764960000000,
];

/** How to reach a Postgres: by URL, or through pool options (the embedded one has no address). */
export type DatabaseTarget = { url: string } | { poolConfig: object };

/**
 * Of each session on a Postgres server. Compiling a statement takes it tens of milliseconds, which pays for statements
 * that run for seconds; ours take one, and are compiled only where they are thought to cost far more than they do.
 */
export const SESSION_OPTIONS = '-c jit=off';

interface PoolLimits {
  poolSize: number;
  connectTimeoutMs: number;
  statementTimeoutMs: number;
}

/** The one DataSource of the product: the server, the migrations and the TypeORM command line all use it. */
export function createDataSource(target: DatabaseTarget, limits: PoolLimits): DataSource {
  const options: DataSourceOptions = {
    type: 'postgres',
    ...('url' in target ? { url: target.url } : {}),
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeNaming(),
    synchronize: false,
    installExtensions: false,
    applicationName: 'cozyengine',
    connectTimeoutMS: limits.connectTimeoutMs,
    extra: {
      max: limits.poolSize,
      statement_timeout: limits.statementTimeoutMs,
      idle_in_transaction_session_timeout: 30_000,
      keepAlive: true,
      options: SESSION_OPTIONS,
      ...('poolConfig' in target ? target.poolConfig : {}),
    },
  };
  return new DataSource(options);
}
