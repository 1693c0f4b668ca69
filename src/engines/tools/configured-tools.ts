import { Injectable } from '@nestjs/common';
import type { ToolEngine } from './tool.port.js';
import { ToolSources } from './tool-sources.port.js';

/** The sources of tools that the configuration names. */
@Injectable()
export class ConfiguredTools extends ToolSources {
  readonly engines: readonly ToolEngine[] = [];
}
