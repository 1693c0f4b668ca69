import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigDirectory } from './config/config-directory.js';
import { CozyConfig, type SectionName, SECTIONS } from './config/cozy-config.js';
import type { LoadedConfig } from './config/load-config.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { Logger } from './logging/logger.js';
import { AUDIT_METRICS, AuditMetrics } from './metrics/audit-metrics.js';
import { CANARY_METRICS, CanaryMetrics } from './metrics/canary-metrics.js';
import { CHAT_METRICS, ChatMetrics, TurnTimes } from './metrics/chat-metrics.js';
import { CONTEXT_METRICS, ContextMetrics } from './metrics/context-metrics.js';
import { ENGINE_METRICS, EngineMetrics } from './metrics/engine-metrics.js';
import { HTTP_METRICS, HttpMetrics } from './metrics/http-metrics.js';
import { JOB_METRICS, JobMetrics } from './metrics/job-metrics.js';
import { LIMIT_METRICS, LimitMetrics } from './metrics/limit-metrics.js';
import { LLM_METRICS, LlmMetrics } from './metrics/llm-metrics.js';
import { OUTBOX_METRICS, OutboxMetrics } from './metrics/outbox-metrics.js';
import { POOL_METRICS, PoolMetrics } from './metrics/pool-metrics.js';
import { PURGE_METRICS, PurgeMetrics } from './metrics/purge-metrics.js';
import { SOCKET_METRICS, SocketMetrics } from './metrics/socket-metrics.js';
import { SPEECH_METRICS, SpeechMetrics } from './metrics/speech-metrics.js';
import { REALTIME_METRICS, RealtimeMetrics } from './metrics/realtime-metrics.js';
import { MEDIA_METRICS, MediaMetrics } from './metrics/media-metrics.js';
import { TOOL_METRICS, ToolMetrics } from './metrics/tool-metrics.js';
import { VOICE_METRICS, VoiceMetrics } from './metrics/voice-metrics.js';

/** The leaf: configuration, log, metrics, life cycle. Built once and handed to every layer. */
@Module({})
export class CoreModule {
  static register({ config, directory }: LoadedConfig, logger: Logger): DynamicModule {
    const sections = Object.entries(SECTIONS).map(([name, section]) => ({
      provide: section,
      useValue: config[name as SectionName],
    }));
    const shared = [
      ...sections,
      { provide: CozyConfig, useValue: config },
      { provide: ConfigDirectory, useValue: new ConfigDirectory(directory) },
      { provide: Logger, useValue: logger },
      { provide: Lifecycle, useValue: new Lifecycle() },
      HttpMetrics,
      ChatMetrics,
      LlmMetrics,
      TurnTimes,
      PoolMetrics,
      ToolMetrics,
      AuditMetrics,
      JobMetrics,
      OutboxMetrics,
      PurgeMetrics,
      LimitMetrics,
      EngineMetrics,
      SpeechMetrics,
      SocketMetrics,
      RealtimeMetrics,
      ContextMetrics,
      VoiceMetrics,
      MediaMetrics,
      CanaryMetrics,
    ];
    const metrics = [
      HTTP_METRICS,
      CHAT_METRICS,
      LLM_METRICS,
      POOL_METRICS,
      TOOL_METRICS,
      AUDIT_METRICS,
      JOB_METRICS,
      ENGINE_METRICS,
      OUTBOX_METRICS,
      PURGE_METRICS,
      LIMIT_METRICS,
      SPEECH_METRICS,
      SOCKET_METRICS,
      REALTIME_METRICS,
      CONTEXT_METRICS,
      VOICE_METRICS,
      MEDIA_METRICS,
      CANARY_METRICS,
    ];
    return {
      module: CoreModule,
      providers: [...shared, ...metrics.flat()],
      exports: shared,
    };
  }
}
