import { Injectable } from '@nestjs/common';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import { BuiltinToolEngine } from './builtin/builtin-tool.engine.js';
import { configuredTools } from './builtin/configured-tools.js';
import type { ToolEngine } from './tool.port.js';
import { ToolSources } from './tool-sources.port.js';

/** The sources of tools that the configuration names. */
@Injectable()
export class ConfiguredTools extends ToolSources {
  readonly engines: readonly ToolEngine[];

  constructor(section: ToolsSection) {
    super();
    this.engines = [new BuiltinToolEngine(configuredTools(section))];
  }
}
