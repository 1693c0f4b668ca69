import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register } from 'prom-client';
import type { Role } from '../core/config/sections/app.section.js';
import { AccountRightsController } from './auth/account-rights.controller.js';
import { ApiKeyController } from './auth/api-key.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { AuthGuard } from './auth/auth.guard.js';
import { RateLimitGuard } from './auth/rate-limit.guard.js';
import { SecondFactorController } from './auth/second-factor.controller.js';
import { UserController } from './auth/user.controller.js';
import { AuditController } from './admin/audit.controller.js';
import { CanaryController } from './admin/canary.controller.js';
import { ConfigController } from './admin/config.controller.js';
import { DeadLetterController } from './admin/dead-letter.controller.js';
import { AudioController } from './audio/audio.controller.js';
import { DictationGateway } from './audio/dictation.gateway.js';
import { ConsoleController } from './console/console.controller.js';
import { PersonalityController } from './cozychat/personality.controller.js';
import { RealtimeConfigController } from './cozychat/realtime-config.controller.js';
import { SessionController } from './cozychat/session.controller.js';
import { HealthController } from './health/health.controller.js';
import { KnowledgeController } from './knowledge/knowledge.controller.js';
import { ReadBodyGuard } from './http/read-body.guard.js';
import { WebSockets } from './http/web-sockets.gateway.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { BrowserCallController } from './openai-realtime/browser-call.controller.js';
import { BrowserCalls } from './openai-realtime/browser-calls.js';
import { ClientSecretController } from './openai-realtime/client-secret.controller.js';
import { ClientSecrets } from './openai-realtime/client-secrets.js';
import { RealtimeCalls } from './openai-realtime/realtime-calls.js';
import { RealtimeGateway } from './openai-realtime/realtime.gateway.js';
import { ChatController } from './openai/chat.controller.js';
import { MemoryController } from './memory/memory.controller.js';
import { ModelController } from './openai/model.controller.js';
import { ConversationController } from './openai/responses/conversation.controller.js';
import { InputTokenController } from './openai/responses/input-token.controller.js';
import { ResponseController } from './openai/responses/response.controller.js';
import { ChatGateway } from './realtime/chat.gateway.js';
import { SocketCalls } from './realtime/socket-calls.js';
import { SocketDoor } from './realtime/socket-door.middleware.js';
import { SocketTurns } from './realtime/socket-turns.js';
import { SocketWatch } from './realtime/socket-watch.js';
import { VoiceGateway } from './realtime/voice.gateway.js';
import { ToolController } from './tools/tool.controller.js';

const FOR_CLIENTS = [
  ConsoleController,
  AuthController,
  SecondFactorController,
  UserController,
  AccountRightsController,
  ApiKeyController,
  ChatController,
  InputTokenController,
  ResponseController,
  ConversationController,
  ModelController,
  AudioController,
  SessionController,
  PersonalityController,
  ToolController,
  MemoryController,
  KnowledgeController,
  DeadLetterController,
  ConfigController,
  AuditController,
  ClientSecretController,
  BrowserCallController,
  RealtimeConfigController,
  CanaryController,
];

const SOCKETS = [
  ChatGateway,
  VoiceGateway,
  SocketCalls,
  SocketDoor,
  SocketTurns,
  SocketWatch,
  DictationGateway,
  RealtimeCalls,
  RealtimeGateway,
  ClientSecrets,
  BrowserCalls,
];

/** Protocols in, protocols out. */
@Module({})
export class ApiModule {
  static register(layers: { core: DynamicModule; orchestration: DynamicModule }, role: Role): DynamicModule {
    // prom-client's registry is the process's own: its default metrics may be registered once.
    const defaultMetrics = { enabled: register.getSingleMetric('nodejs_eventloop_lag_seconds') === undefined };
    return {
      module: ApiModule,
      imports: [
        layers.core,
        layers.orchestration,
        TerminusModule.forRoot({ logger: false }),
        { ...PrometheusModule.register({ controller: MetricsController, defaultMetrics }), imports: [layers.core] },
      ],
      controllers: [HealthController, ...(role === 'worker' ? [] : FOR_CLIENTS)],
      providers: [
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useClass: ReadBodyGuard },
        WebSockets,
        ...(role === 'worker' ? [] : SOCKETS),
      ],
    };
  }
}
