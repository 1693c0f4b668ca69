import { type DynamicModule, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EnginesSection } from '../core/config/sections/engines.section.js';
import { AiCatalog } from './ai/ai-catalog.port.js';
import { ConfiguredAi } from './ai/configured-ai.js';
import { ConfiguredTools } from './tools/configured-tools.js';
import { ToolSources } from './tools/tool-sources.port.js';

@Injectable()
class EnginesShutdown implements OnApplicationShutdown {
  constructor(
    private readonly ai: AiCatalog,
    private readonly tools: ToolSources,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.ai.engines, ...this.tools.engines].map((engine) => engine.close()));
  }
}

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
          useFactory: (section: EnginesSection) => new ConfiguredAi(section.ai),
          inject: [EnginesSection],
        },
        { provide: ToolSources, useClass: ConfiguredTools },
        EnginesShutdown,
      ],
      exports: [AiCatalog, ToolSources],
    };
  }
}
