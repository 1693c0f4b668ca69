import { Injectable } from '@nestjs/common';
import { AiCatalog } from '../../engines/ai/ai-catalog.port.js';
import type { EngineHealth } from '../../engines/engine-health.js';
import { ToolSources } from '../../engines/tools/tool-sources.port.js';

export interface EngineStanding extends EngineHealth {
  kind: string;
  provider: string;
}

/** How everything clever outside us is doing. */
@Injectable()
export class EngineHealthService {
  constructor(
    private readonly ai: AiCatalog,
    private readonly tools: ToolSources,
  ) {}

  async all(signal: AbortSignal): Promise<EngineStanding[]> {
    const models = this.ai.engines.map(async (engine) => [
      { kind: 'ai', provider: engine.provider, ...(await engine.health(signal)) },
    ]);
    const tools = this.tools.engines.map(async (engine) =>
      Object.entries(await engine.health(signal)).map(([provider, health]) => ({ kind: 'tools', provider, ...health })),
    );
    return (await Promise.all([...models, ...tools])).flat();
  }
}
