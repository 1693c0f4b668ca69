import type { ToolEngine } from './tool.port.js';

/** Where tools come from: the built-in ones, MCP servers. */
export abstract class ToolSources {
  abstract readonly engines: readonly ToolEngine[];
}
