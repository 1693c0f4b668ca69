import type { McpServerSection } from '../../../core/config/sections/tools.section.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import type { SampleHandler } from '../sampling.port.js';
import { type Tool, type ToolCaller, ToolEngine, type ToolResult } from '../tool.port.js';
import { Deadline } from '../../../core/util/deadline.js';
import { errorOfCall, errorOfEnd, errorOfResult } from './mcp-errors.js';
import { McpServer } from './mcp-server.js';
import { DEFAULT_RETRY, type RetryPolicy } from './reconnection.js';
import { toolResultOf } from './tool-content.js';
import type { ListedTool } from './tool-listing.js';

/** How much longer others wait for a call, so that its own deadline ends it: that tells the server. */
const GRACE_MS = 1000;

export interface McpToolEngineOptions {
  /** Those that are not `enabled` are left out. */
  servers: readonly McpServerSection[];
  logger: Logger;
  /** Answers servers whose `sampling` is on; without it, sampling is offered to none. */
  sample?: SampleHandler;
  retry?: RetryPolicy;
}

interface Entry {
  tool: Tool;
  listed: ListedTool;
  server: McpServer;
  callTimeoutMs: number;
}

interface Catalog {
  readonly tools: readonly Tool[];
  readonly entries: ReadonlyMap<string, Entry>;
}

/** The tools of all configured MCP servers, by the official SDK. */
export class McpToolEngine extends ToolEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly type = 'mcp';
  private readonly servers: readonly { server: McpServer; section: McpServerSection }[];
  private readonly running = new Set<Deadline>();
  private catalog: Catalog = { tools: [], entries: new Map() };
  private closing: Promise<void> | undefined;

  constructor({ servers, logger, sample, retry = DEFAULT_RETRY }: McpToolEngineOptions) {
    super();
    const onTools = (): void => void (this.catalog = this.newCatalog());
    this.servers = servers
      .filter(({ enabled }) => enabled)
      .map((section) => ({ section, server: new McpServer({ section, logger, sample, retry, onTools }) }));
  }

  /** Connects to all servers in the background; nothing waits for them. */
  start(): void {
    if (this.closing) return;
    for (const { server } of this.servers) server.start();
  }

  override list(): readonly Tool[] {
    return this.catalog.tools;
  }

  override async invoke(
    name: string,
    args: Record<string, unknown>,
    _caller: ToolCaller,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const entry = this.catalog.entries.get(name);
    if (entry === undefined) throw new CozyError('TOOL_NOT_FOUND');
    const deadline = new Deadline(signal, entry.callTimeoutMs);
    this.running.add(deadline);
    if (this.closing) deadline.cancel('closing');
    try {
      deadline.signal.throwIfAborted();
      const answer = await entry.server.call(entry.listed, args, deadline);
      const result = toolResultOf(answer);
      if (answer.isError === true) throw errorOfResult(result.text);
      return result;
    } catch (thrown) {
      throw errorOfEnd(deadline.endedBy, thrown) ?? errorOfCall(thrown);
    } finally {
      this.running.delete(deadline);
      deadline.release();
    }
  }

  override async refresh(signal: AbortSignal): Promise<void> {
    if (this.closing) return;
    await Promise.all(this.servers.map(({ server }) => server.refresh(signal)));
  }

  override async health(signal: AbortSignal): Promise<Record<string, EngineHealth>> {
    const reports = this.servers.map(async ({ server }) => [server.name, await server.health(signal)] as const);
    return Object.fromEntries(await Promise.all(reports));
  }

  override close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    for (const deadline of this.running) deadline.cancel('closing');
    await Promise.all(this.servers.map(({ server }) => server.close()));
  }

  private newCatalog(): Catalog {
    const entries = this.servers.flatMap(({ server, section }) =>
      server.tools.map((listed) => ({
        tool: toolOf(listed, section),
        listed,
        server,
        callTimeoutMs: section.call_timeout_ms,
      })),
    );
    return {
      tools: entries.map(({ tool }) => tool),
      entries: new Map(entries.map((entry) => [entry.tool.name, entry])),
    };
  }
}

function toolOf({ name, ownName, description, parameters }: ListedTool, section: McpServerSection): Tool {
  // Own keys only: a tool may be called `constructor`.
  const level = Object.hasOwn(section.tool_levels, ownName) ? section.tool_levels[ownName] : undefined;
  const timeoutMs = section.call_timeout_ms + GRACE_MS;
  return { name, description, parameters, level: level ?? section.level, server: section.name, timeoutMs };
}
