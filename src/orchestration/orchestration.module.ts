import { type DynamicModule, Module } from '@nestjs/common';
import type { Role } from '../core/config/sections/app.section.js';
import { AccountDeletionJob } from './accounts/account-deletion.job.js';
import { AccountDeletionService } from './accounts/account-deletion.service.js';
import { AccountExportJob } from './accounts/account-export.job.js';
import { AccountExportService } from './accounts/account-export.service.js';
import { ExportSectionsService } from './accounts/export-sections.service.js';
import { AuditChainService } from './audit/audit-chain.service.js';
import { AuditLogService } from './audit/audit-log.service.js';
import { AuditRetentionService } from './audit/audit-retention.service.js';
import { AuditService } from './audit/audit.service.js';
import { AuditStanding } from './audit/audit-standing.js';
import { AuditVault } from './audit/audit-vault.service.js';
import { AuditWatchService } from './audit/audit-watch.service.js';
import { AccessTokenService } from './auth/access-token.service.js';
import { ApiKeyService } from './auth/api-key.service.js';
import { CredentialService } from './auth/credential.service.js';
import { PasswordService } from './auth/password.service.js';
import { ReauthenticationService } from './auth/reauthentication.service.js';
import { SecondFactorSettingsService } from './auth/second-factor-settings.service.js';
import { SignInLockService } from './auth/sign-in-lock.service.js';
import { SecondFactorService } from './auth/second-factor.service.js';
import { SignInTokensService } from './auth/sign-in-tokens.service.js';
import { AuthService } from './auth/auth.service.js';
import { FirstAdminService } from './auth/first-admin.service.js';
import { PrincipalService } from './auth/principal.service.js';
import { RealtimeSecretService } from './auth/realtime-secret.service.js';
import { SocketAccessService } from './auth/socket-access.service.js';
import { UserService } from './auth/user.service.js';
import { WsTicketService } from './auth/ws-ticket.service.js';
import { CanaryAdminService } from './canary/canary-admin.service.js';
import { CanaryCountsService } from './canary/canary-counts.service.js';
import { CanaryRulesService } from './canary/canary-rules.service.js';
import { CanaryService } from './canary/canary.service.js';
import { CanaryTargets } from './canary/canary-targets.service.js';
import { CanaryWatchService } from './canary/canary-watch.service.js';
import { RoutedTurnService } from './canary/routed-turn.service.js';
import { LegacyChatService } from './canary/legacy-chat.service.js';
import { ChatService } from './chat/chat.service.js';
import { ModelService } from './chat/model.service.js';
import { TurnPersonalService } from './chat/turn-personal.service.js';
import { TurnPlanService } from './chat/turn-plan.service.js';
import { TurnPreparationService } from './chat/turn-preparation.service.js';
import { TurnRecordService } from './chat/turn-record.service.js';
import { TurnToolsService } from './chat/turn-tools.service.js';
import { EngineHealthService } from './health/engine-health.service.js';
import { HealthService } from './health/health.service.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { AbandonedWorkService } from './jobs/abandoned-work.service.js';
import { BacklogService } from './jobs/backlog.service.js';
import { DeadLetterService } from './jobs/dead-letter.service.js';
import { HousekeepingService } from './jobs/housekeeping.service.js';
import type { JobHandler } from './jobs/job-handler.js';
import { JobHandlersService } from './jobs/job-handlers.service.js';
import { JobProcessor } from './jobs/job.processor.js';
import { JobQueue } from './jobs/job.queue.js';
import { OutboxBellService } from './jobs/outbox-bell.service.js';
import { OutboxRelayService } from './jobs/outbox-relay.service.js';
import { queueModules } from './jobs/queue-connection.js';
import { TitleJob } from './jobs/title.job.js';
import { DocumentIndexJob } from './knowledge/document-index.job.js';
import { KnowledgeService } from './knowledge/knowledge.service.js';
import { UserDrainService } from './jobs/user-drain.service.js';
import { MemoryService } from './memory/memory.service.js';
import { WriteBackEngineService } from './memory/write-back-engine.service.js';
import { WriteBackJob } from './memory/write-back.job.js';
import { WriteBackPromiseService } from './memory/write-back-promise.service.js';
import { WriteBackService } from './memory/write-back.service.js';
import { PersonalityReloadService } from './personalities/personality-reload.service.js';
import { PersonalityService } from './personalities/personality.service.js';
import { RateLimitService } from './limits/rate-limit.service.js';
import { ConversationService } from './responses/conversation.service.js';
import { InputTokenService } from './responses/input-token.service.js';
import { ResponseService } from './responses/response.service.js';
import { SessionChangesService } from './sessions/session-changes.service.js';
import { SessionDeletionService } from './sessions/session-deletion.service.js';
import { SessionService } from './sessions/session.service.js';
import { DictationService } from './speech/dictation.service.js';
import { SpeechService } from './speech/speech.service.js';
import { SummaryJob } from './summaries/summary.job.js';
import { SummaryWriterService } from './summaries/summary-writer.service.js';
import { VoiceCallService } from './voice/voice-call.service.js';
import { VoiceHangUpService } from './voice/voice-hang-up.service.js';
import { VoiceCallsService } from './voice/voice-calls.service.js';
import { VoicePlacesService } from './voice/voice-places.service.js';
import { VoiceRoomService } from './voice/voice-room.service.js';
import { VoiceSessionService } from './voice/voice-session.service.js';
import { VoiceTransportService } from './voice/voice-transport.service.js';
import { ToolApprovalService } from './tools/tool-approval.service.js';
import { ToolCatalogService } from './tools/tool-catalog.service.js';
import { ToolGateService } from './tools/tool-gate.service.js';
import { ToolRecordService } from './tools/tool-record.service.js';
import { ToolRunService } from './tools/tool-run.service.js';
import { ToolService } from './tools/tool.service.js';

/** What the edge may call. */
const STORIES = [
  AuthService,
  SecondFactorSettingsService,
  PrincipalService,
  ApiKeyService,
  UserService,
  AccountExportService,
  AccountDeletionService,
  FirstAdminService,
  ChatService,
  ModelService,
  SessionService,
  SessionDeletionService,
  PersonalityService,
  PersonalityReloadService,
  IdempotencyService,
  HealthService,
  EngineHealthService,
  ToolService,
  ToolApprovalService,
  MemoryService,
  KnowledgeService,
  SpeechService,
  DictationService,
  WsTicketService,
  SocketAccessService,
  RealtimeSecretService,
  DeadLetterService,
  AuditLogService,
  RateLimitService,
  SessionChangesService,
  VoiceCallService,
  InputTokenService,
  VoiceHangUpService,
  ResponseService,
  ConversationService,
  VoiceRoomService,
  CanaryAdminService,
  LegacyChatService,
  RoutedTurnService,
];

const JOBS = [TitleJob, WriteBackJob, SummaryJob, DocumentIndexJob, AccountExportJob, AccountDeletionJob];

const BACKGROUND = [
  AbandonedWorkService,
  JobProcessor,
  OutboxRelayService,
  HousekeepingService,
  AuditChainService,
  AuditWatchService,
  AuditRetentionService,
];

/** The stories: signing in, a chat turn, a session, the work behind them. */
@Module({})
export class OrchestrationModule {
  static register(
    layers: { core: DynamicModule; storage: DynamicModule; engines: DynamicModule; context: DynamicModule },
    role: Role,
  ): DynamicModule {
    const worksInBackground = role === 'all' || role === 'worker';
    return {
      module: OrchestrationModule,
      imports: [layers.core, layers.storage, layers.engines, layers.context, ...queueModules(layers.storage)],
      providers: [
        ...STORIES,
        AccessTokenService,
        CredentialService,
        PasswordService,
        ReauthenticationService,
        SecondFactorService,
        SignInLockService,
        SignInTokensService,
        AuditService,
        AuditStanding,
        AuditVault,
        CanaryRulesService,
        CanaryCountsService,
        CanaryService,
        CanaryTargets,
        CanaryWatchService,
        TurnPersonalService,
        TurnPlanService,
        TurnPreparationService,
        TurnRecordService,
        TurnToolsService,
        ToolCatalogService,
        ToolGateService,
        ToolRecordService,
        ToolRunService,
        JobQueue,
        VoiceCallsService,
        VoicePlacesService,
        VoiceSessionService,
        VoiceTransportService,
        ExportSectionsService,
        ...JOBS,
        {
          provide: JobHandlersService,
          useFactory: (...handlers: JobHandler[]) => new JobHandlersService(handlers),
          inject: JOBS,
        },
        SummaryWriterService,
        UserDrainService,
        OutboxBellService,
        BacklogService,
        WriteBackEngineService,
        WriteBackPromiseService,
        WriteBackService,
        ...(worksInBackground ? BACKGROUND : []),
      ],
      exports: STORIES,
    };
  }
}
