import { Injectable } from '@nestjs/common';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import type { ToolDefinition } from '../../core/domain/chat.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Tool, ToolEngine } from '../../engines/tools/tool.port.js';
import { ToolSources } from '../../engines/tools/tool-sources.port.js';
import { toolsFor, type ToolWish } from './tool-policy.js';

/** The tools of this server, and who may use which. */
@Injectable()
export class ToolCatalogService {
  constructor(
    private readonly sources: ToolSources,
    private readonly section: ToolsSection,
  ) {}

  /** Every tool there is, with the kind of source it comes from. */
  all(): { tool: Tool; type: string }[] {
    return this.sources.engines.flatMap((engine) => engine.list().map((tool) => ({ tool, type: engine.type })));
  }

  has(name: string): boolean {
    return this.all().some(({ tool }) => tool.name === name);
  }

  /** The tools of one turn, by name. */
  offered(wish: ToolWish): Map<string, Tool> {
    const tools = this.all().map(({ tool }) => tool);
    return new Map(toolsFor(tools, wish, this.section.levels).map((tool) => [tool.name, tool]));
  }

  /** The source that runs a tool. Throws TOOL_UNAVAILABLE where the tool has gone meanwhile. */
  engineOf(tool: Tool): ToolEngine {
    const engine = this.sources.engines.find((source) => source.list().some(({ name }) => name === tool.name));
    if (!engine) throw new CozyError('TOOL_UNAVAILABLE', { message: `The tool ${tool.name} has gone.` });
    return engine;
  }

  /** Asks every source again what it has; the names of all tools. */
  async refresh(signal: AbortSignal): Promise<string[]> {
    await Promise.all(this.sources.engines.map((engine) => engine.refresh(signal)));
    return this.all().map(({ tool }) => tool.name);
  }
}

/** As models are told of it. */
export const definitionOf = ({ name, description, parameters }: Tool): ToolDefinition => ({
  type: 'function',
  function: { name, description, parameters },
});
