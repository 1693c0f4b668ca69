import type { McpToolEngine, McpToolEngineOptions } from './mcp-tool.engine.js';

/** The engine of the MCP servers that the configuration names. Where it names none, the SDK is not loaded at all. */
export class ConfiguredMcp {
  private constructor(readonly engine?: McpToolEngine) {}

  static async of(options: McpToolEngineOptions): Promise<ConfiguredMcp> {
    if (!options.servers.some(({ enabled }) => enabled)) return new ConfiguredMcp();
    const { McpToolEngine } = await import('./mcp-tool.engine.js');
    return new ConfiguredMcp(new McpToolEngine(options));
  }
}
