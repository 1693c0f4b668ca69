import {
  type DynamicModule,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { AppSection } from '../core/config/sections/app.section.js';
import { MediaSection } from '../core/config/sections/media.section.js';
import { EnginesSection } from '../core/config/sections/engines.section.js';
import { SecuritySection } from '../core/config/sections/security.section.js';
import { keptSecret } from '../core/config/generated-secret.js';
import { AiCatalog } from './ai/ai-catalog.port.js';
import { ConfiguredAi } from './ai/configured-ai.js';
import { BuiltinPersonalEngines } from './builtin-personal-engines.js';
import { ConfiguredPersonalEngines } from './configured-personal-engines.js';
import { HttpLegacyUpstreams } from './ai/legacy/http-legacy-upstreams.js';
import { LegacyUpstreams } from './ai/legacy/legacy-upstreams.port.js';
import { KnowledgeStores } from './knowledge/builtin/knowledge-stores.js';
import { FrameClock } from './media/audio/frame-clock.js';
import { MediaEngine } from './media/media.port.js';
import { MediasoupMediaEngine } from './media/mediasoup-media.engine.js';
import { PacedSocketAudioFactory } from './media/paced-socket-audio.engine.js';
import { SocketAudioFactory } from './media/socket-audio.port.js';
import { findWorkerBinary } from './media/worker/worker-binary.mjs';
import { PersonalEngines } from './personal-engines.port.js';
import { EngineCache } from './resilience/engine-cache.js';
import { EngineGuards } from './resilience/engine-guards.js';
import { SharedSecret } from './shared-secret.js';
import { ConfiguredSpeech } from './speech/configured-speech.js';
import { SpeechEngines } from './speech/speech-engines.port.js';
import { ToolsSection } from '../core/config/sections/tools.section.js';
import { Logger } from '../core/logging/logger.js';
import { MediaMetrics } from '../core/metrics/media-metrics.js';
import { ChatMetrics } from '../core/metrics/chat-metrics.js';
import { EngineMetrics } from '../core/metrics/engine-metrics.js';
import { SpeechMetrics } from '../core/metrics/speech-metrics.js';
import { ConfiguredMcp } from './tools/mcp/configured-mcp.js';
import { sampleBy } from './tools/model-sampling.js';
import { ConfiguredTools } from './tools/configured-tools.js';
import { ToolSources } from './tools/tool-sources.port.js';

@Injectable()
class EnginesShutdown implements OnApplicationShutdown {
  constructor(
    private readonly ai: AiCatalog,
    private readonly tools: ToolSources,
    private readonly personal: PersonalEngines,
    private readonly speech: SpeechEngines,
    private readonly legacy: LegacyUpstreams,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    this.legacy.close();
    const { memory, profile, knowledge } = this.personal;
    const personal = [...memory.all, ...profile.all, ...knowledge.all].map(({ engine }) => engine);
    const { stt, tts, vad } = this.speech;
    const speech = [stt, tts, vad].flatMap((engine) => engine ?? []);
    const all = [...this.ai.engines, ...this.tools.engines, ...personal, ...speech];
    await Promise.all(all.map((engine) => engine.close()));
  }
}

/** Calls end before what they talk to does. */
@Injectable()
class MediaLife implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly media: MediaEngine,
    private readonly app: AppSection,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.app.role !== 'worker') await this.media.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.media.close();
  }
}

const PORTS = [
  AiCatalog,
  ToolSources,
  PersonalEngines,
  SpeechEngines,
  MediaEngine,
  SocketAudioFactory,
  LegacyUpstreams,
];

const SPEECH: Provider = {
  provide: SpeechEngines,
  useFactory: (
    section: EnginesSection,
    chatMetrics: ChatMetrics,
    metrics: EngineMetrics,
    speech: SpeechMetrics,
    logger: Logger,
  ) => ConfiguredSpeech.of(section, { chatMetrics, metrics, speech, logger }),
  inject: [EnginesSection, ChatMetrics, EngineMetrics, SpeechMetrics, Logger],
};

/** Everything clever outside us, behind one port a kind. */
@Module({})
export class EnginesModule {
  static register(layers: { core: DynamicModule; storage: DynamicModule }): DynamicModule {
    return {
      module: EnginesModule,
      imports: [layers.core, layers.storage],
      providers: [
        {
          provide: AiCatalog,
          useFactory: (section: EnginesSection) => ConfiguredAi.of(section.ai),
          inject: [EnginesSection],
        },
        {
          provide: ConfiguredMcp,
          useFactory: ({ mcp }: ToolsSection, ai: AiCatalog, metrics: ChatMetrics, logger: Logger) =>
            ConfiguredMcp.of({ servers: mcp.servers, logger, sample: sampleBy(ai, metrics) }),
          inject: [ToolsSection, AiCatalog, ChatMetrics, Logger],
        },
        { provide: ToolSources, useClass: ConfiguredTools },
        { provide: PersonalEngines, useClass: ConfiguredPersonalEngines },
        SPEECH,
        { provide: LegacyUpstreams, useClass: HttpLegacyUpstreams },
        BuiltinPersonalEngines,
        KnowledgeStores,
        EngineCache,
        EngineGuards,
        {
          provide: SharedSecret,
          useFactory: ({ jwt_secret: secret }: SecuritySection, app: AppSection) =>
            new SharedSecret(secret ?? keptSecret(app.data_dir, 'jwt')),
          inject: [SecuritySection, AppSection],
        },
        FrameClock,
        {
          provide: MediaEngine,
          useFactory: (settings: MediaSection, clock: FrameClock, metrics: MediaMetrics, logger: Logger) =>
            new MediasoupMediaEngine({
              binary: findWorkerBinary(settings.worker_bin, settings.cache_home),
              settings,
              clock,
              metrics,
              logger,
            }),
          inject: [MediaSection, FrameClock, MediaMetrics, Logger],
        },
        {
          provide: SocketAudioFactory,
          useFactory: (clock: FrameClock, logger: Logger) => new PacedSocketAudioFactory({ clock, logger }),
          inject: [FrameClock, Logger],
        },
        EnginesShutdown,
        MediaLife,
      ],
      exports: PORTS,
    };
  }
}
