import {
  type CallToolResult,
  Client,
  type ClientOptions,
  ProtocolError,
  type StandardSchemaV1,
} from '@modelcontextprotocol/client';
import type { McpServerSection } from '../../../core/config/sections/tools.section.js';
import type { Logger } from '../../../core/logging/logger.js';
import { PRODUCT } from '../../../core/util/product.js';
import type { SampleHandler } from '../sampling.port.js';
import { ClientAnswers } from './client-answers.js';
import { ConnectionLost, isRefusedHandshake } from './mcp-errors.js';
import { type McpLink, openLink } from './mcp-link.js';
import { type ListedTool, listTools, NO_TOOLS, type ToolListing } from './tool-listing.js';

/** The newest protocol, which has another handshake. A server that knows the older one too is spoken to in that. */
const LATER_PROTOCOL = '2026-07-28';
/** Every request has a deadline of ours; the SDK's own only must not fire before it. */
const NEVER_MS = 3_600_000;

export interface SessionOptions {
  section: McpServerSection;
  logger: Logger;
  sample?: SampleHandler;
}

export interface SessionEvents {
  /** The connection has ended by itself. Told once, and not after `close`. */
  onLost: (session: McpSession) => void;
  onToolsChanged: () => void;
  /** Something went wrong outside of any call; the connection may be dead. */
  onTrouble: (session: McpSession) => void;
}

/** One tool that the schema of the SDK would refuse must not cost all the others: pages are read by our own rules. */
const AS_IT_IS: StandardSchemaV1 = {
  '~standard': { version: 1, vendor: 'cozyengine', validate: (value) => ({ value }) },
};

/** One connection to an MCP server, from its handshake to its end. It never comes back: a new one takes its place. */
export class McpSession {
  private readonly client: Client;
  private readonly link: McpLink;
  private readonly answers: ClientAnswers;
  private ended = false;

  private constructor(
    private readonly options: SessionOptions,
    private readonly events: SessionEvents,
    mode: 'legacy' | { pin: string },
  ) {
    this.answers = new ClientAnswers(options);
    this.link = openLink(options.section, options.logger);
    this.client = new Client({ name: PRODUCT.name, version: PRODUCT.version }, this.clientOptions(mode));
    this.answers.install(this.client);
    Object.assign(this.client, { onclose: () => this.lost(), onerror: () => this.troubled() });
  }

  /** Connects; a server that refuses the usual handshake is asked once more in that of the later protocol. */
  static async open(options: SessionOptions, events: SessionEvents, signal: AbortSignal): Promise<McpSession> {
    try {
      return await McpSession.connect(options, events, 'legacy', signal);
    } catch (error) {
      if (!isRefusedHandshake(error) || signal.aborted) throw error;
      return await McpSession.connect(options, events, { pin: LATER_PROTOCOL }, signal).catch(() => {
        throw error;
      });
    }
  }

  get isEnded(): boolean {
    return this.ended;
  }

  get protocol(): string {
    return this.client.getNegotiatedProtocolVersion() ?? '';
  }

  async tools(signal: AbortSignal): Promise<ToolListing> {
    if (this.client.getServerCapabilities()?.tools === undefined) return NO_TOOLS;
    return listTools(this.options.section.name, (cursor) =>
      this.client.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, AS_IT_IS, {
        signal,
        timeout: NEVER_MS,
      }),
    );
  }

  async call(tool: ListedTool, args: Record<string, unknown>, signal: AbortSignal): Promise<CallToolResult> {
    if (this.ended) throw new ConnectionLost('The connection ended.', false);
    this.link.called();
    // Given without its output schema, as the SDK would compile and run that: the answer is passed on as data.
    const toolDefinition = { name: tool.ownName, inputSchema: { ...tool.parameters, type: 'object' as const } };
    return this.answers.during(() =>
      this.client.callTool({ name: tool.ownName, arguments: args }, { signal, timeout: NEVER_MS, toolDefinition }),
    );
  }

  /** Throws when the server does not answer; an answer that refuses is one. */
  async ping(signal: AbortSignal): Promise<void> {
    if (this.client.getProtocolEra() === 'modern') return;
    try {
      await this.client.ping({ signal, timeout: NEVER_MS });
    } catch (error) {
      if (!ProtocolError.isInstance(error)) throw error;
    }
  }

  /** Idempotent; says goodbye as far as the server listens. */
  async close(): Promise<void> {
    this.ended = true;
    await this.link.close();
    await this.client.close();
  }

  private static async connect(
    options: SessionOptions,
    events: SessionEvents,
    mode: 'legacy' | { pin: string },
    signal: AbortSignal,
  ): Promise<McpSession> {
    const session = new McpSession(options, events, mode);
    try {
      await session.client.connect(session.link.transport, { signal, timeout: NEVER_MS });
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private clientOptions(mode: 'legacy' | { pin: string }): ClientOptions {
    return {
      capabilities: this.answers.capabilities,
      versionNegotiation: { mode },
      listChanged: { tools: { autoRefresh: false, debounceMs: 0, onChanged: () => this.events.onToolsChanged() } },
    };
  }

  private troubled(): void {
    // A broken stdio link may take its time to say so: it waits for its child to end.
    if (this.link.isBroken()) this.lost();
    else if (!this.ended) this.events.onTrouble(this);
  }

  private lost(): void {
    if (this.ended) return;
    this.ended = true;
    this.events.onLost(this);
  }
}
