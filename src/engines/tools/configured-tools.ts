import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppSection } from '../../core/config/sections/app.section.js';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import { PersonalEngines } from '../personal-engines.port.js';
import { BuiltinToolEngine } from './builtin/builtin-tool.engine.js';
import { configuredTools } from './builtin/configured-tools.js';
import { personalTools } from './builtin/personal-tools.js';
import { ConfiguredMcp } from './mcp/configured-mcp.js';
import type { ToolEngine } from './tool.port.js';
import { ToolSources } from './tool-sources.port.js';

/** The sources of tools that the configuration names. */
@Injectable()
export class ConfiguredTools extends ToolSources implements OnApplicationBootstrap {
  readonly engines: readonly ToolEngine[];

  constructor(
    section: ToolsSection,
    personal: PersonalEngines,
    private readonly mcp: ConfiguredMcp,
    private readonly app: AppSection,
  ) {
    super();
    const builtin = [...configuredTools(section), ...personalTools(personal)];
    this.engines = [new BuiltinToolEngine(builtin), ...(mcp.engine ? [mcp.engine] : [])];
  }

  /** A worker answers nobody, and needs no servers running for it. */
  onApplicationBootstrap(): void {
    if (this.app.role !== 'worker') this.mcp.engine?.start();
  }
}
