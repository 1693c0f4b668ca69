import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppSection } from '../../core/config/sections/app.section.js';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import { Logger } from '../../core/logging/logger.js';
import { ChatMetrics } from '../../core/metrics/chat-metrics.js';
import { AiCatalog } from '../ai/ai-catalog.port.js';
import { BuiltinToolEngine } from './builtin/builtin-tool.engine.js';
import { configuredTools } from './builtin/configured-tools.js';
import { McpToolEngine } from './mcp/mcp-tool.engine.js';
import { sampleBy } from './model-sampling.js';
import type { ToolEngine } from './tool.port.js';
import { ToolSources } from './tool-sources.port.js';

/** The sources of tools that the configuration names. */
@Injectable()
export class ConfiguredTools extends ToolSources implements OnApplicationBootstrap {
  readonly engines: readonly ToolEngine[];
  private readonly mcp: McpToolEngine;

  constructor(
    section: ToolsSection,
    ai: AiCatalog,
    private readonly app: AppSection,
    logger: Logger,
    metrics: ChatMetrics,
  ) {
    super();
    this.mcp = new McpToolEngine({ servers: section.mcp.servers, logger, sample: sampleBy(ai, metrics) });
    this.engines = [new BuiltinToolEngine(configuredTools(section)), this.mcp];
  }

  /** A worker answers nobody, and needs no servers running for it. */
  onApplicationBootstrap(): void {
    if (this.app.role !== 'worker') this.mcp.start();
  }
}
