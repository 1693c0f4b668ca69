import type { CallToolResult } from '@modelcontextprotocol/client';
import type { EngineHealth } from '../../engine-health.js';
import { Deadline } from '../../../core/util/deadline.js';
import { ConnectionLost, isConnectionTrouble, neverArrived, reasonOf } from './mcp-errors.js';
import { McpSession, type SessionOptions } from './mcp-session.js';
import { type RetryPolicy, retryDelayMs } from './reconnection.js';
import type { ListedTool, ToolListing } from './tool-listing.js';

const PING_MS = 3000;
/** A server that changes its list in a hurry is asked once for all. */
const RELIST_DELAY_MS = 200;

export interface McpServerOptions extends SessionOptions {
  retry: RetryPolicy;
  /** The tools are others than before. */
  onTools: () => void;
}

/** One configured MCP server: keeps a connection to it, and knows its tools. */
export class McpServer {
  /** What it listed last; they stay while it is away, as it may be back for the next call. */
  tools: readonly ListedTool[] = [];
  private session: McpSession | undefined;
  private opening: Promise<McpSession> | undefined;
  private relisting: Promise<void> | undefined;
  private checking: Promise<void> | undefined;
  private readonly ending = new AbortController();
  private readonly ends = new Set<Promise<void>>();
  private retryTimer: NodeJS.Timeout | undefined;
  private relistTimer: NodeJS.Timeout | undefined;
  private openedAt = 0;
  private calls = 0;
  /** Waits so far; decides on the length of the next one. */
  private waits = 0;
  /** Attempts to connect that failed since one succeeded. */
  private failures = 0;
  private trouble = '';
  private problems = '';

  constructor(private readonly options: McpServerOptions) {}

  get name(): string {
    return this.options.section.name;
  }

  /** Connects in the background, and again whenever the connection ends. */
  start(): void {
    this.ready().catch(() => undefined);
  }

  /** Lists again, or connects now rather than later. Never throws. */
  async refresh(signal: AbortSignal): Promise<void> {
    const deadline = new Deadline(signal, this.options.section.connect_timeout_ms);
    try {
      await deadline.race<unknown>(this.session ? this.relist() : this.ready());
    } catch {
      // Noted where it happened.
    } finally {
      deadline.release();
    }
  }

  /** Calls a tool; where the connection has ended, one new connection is tried within the deadline. */
  async call(tool: ListedTool, args: Record<string, unknown>, deadline: Deadline): Promise<CallToolResult> {
    this.calls++;
    try {
      return await this.attempt(tool, args, deadline).catch((error: unknown) => {
        if (deadline.signal.aborted || !neverArrived(error)) throw error;
        return this.attempt(tool, args, deadline);
      });
    } finally {
      this.calls--;
    }
  }

  async health(signal: AbortSignal): Promise<EngineHealth> {
    if (this.ending.signal.aborted) return { status: 'down', reason: 'Closed.' };
    const { session } = this;
    if (session === undefined) {
      if (this.failures > 0) return { status: 'down', reason: this.trouble };
      return { status: 'degraded', reason: `${this.trouble} Connecting.`.trimStart() };
    }
    if (!(await this.ping(session, signal))) {
      // Whoever is busy with a call may not answer; whoever has nothing else to do must.
      if (this.calls === 0 && !signal.aborted) this.drop(session, 'It does not answer any more.');
      return { status: 'degraded', reason: 'It does not answer a ping.' };
    }
    return this.trouble === '' ? { status: 'up' } : { status: 'degraded', reason: this.trouble };
  }

  /** Idempotent: ends the child or the session, and every wait. */
  async close(): Promise<void> {
    this.ending.abort();
    clearTimeout(this.retryTimer);
    clearTimeout(this.relistTimer);
    await this.opening?.catch(() => undefined);
    const { session } = this;
    this.session = undefined;
    if (session) this.end(session);
    await Promise.all(this.ends);
  }

  private async attempt(tool: ListedTool, args: Record<string, unknown>, deadline: Deadline): Promise<CallToolResult> {
    const session = await deadline.race(this.ready());
    try {
      return await deadline.race(session.call(tool, args, deadline.signal));
    } catch (error) {
      this.consider(error, session, deadline);
      throw error;
    }
  }

  /** Whether the failure of a call means that the connection is of no more use. */
  private consider(error: unknown, session: McpSession, deadline: Deadline): void {
    if (deadline.signal.aborted) {
      // Whoever is busy with another call may not answer a ping; whoever has nothing else to do must.
      if (deadline.endedBy === 'timeout' && this.calls === 1) this.check(session);
    } else if (neverArrived(error)) this.drop(session, reasonOf(error));
    else if (isConnectionTrouble(error)) this.check(session);
  }

  /** The connection; joins the attempt that is under way, or begins one. */
  private ready(): Promise<McpSession> {
    if (this.session) return Promise.resolve(this.session);
    if (this.ending.signal.aborted) return Promise.reject(new ConnectionLost('Closed.'));
    this.opening ??= this.open().finally(() => (this.opening = undefined));
    return this.opening;
  }

  private async open(): Promise<McpSession> {
    clearTimeout(this.retryTimer);
    const deadline = new Deadline(this.ending.signal, this.options.section.connect_timeout_ms);
    let session: McpSession | undefined;
    try {
      session = await McpSession.open(this.options, this.events, deadline.signal);
      const listing = await session.tools(deadline.signal);
      if (session.isEnded) throw new ConnectionLost('The connection ended at once.');
      deadline.signal.throwIfAborted();
      this.opened(session, listing);
      return session;
    } catch (error) {
      if (session) this.end(session);
      this.failed(deadline.signal.aborted ? 'It did not answer in time.' : reasonOf(error));
      throw error;
    } finally {
      deadline.release();
    }
  }

  private opened(session: McpSession, listing: ToolListing): void {
    this.session = session;
    this.openedAt = Date.now();
    this.failures = 0;
    const { section, logger } = this.options;
    const { transport } = section;
    logger.info('An MCP server is connected', {
      server: this.name,
      transport,
      protocol: session.protocol,
      tools: listing.tools.length,
    });
    this.adopt(listing);
  }

  private failed(reason: string): void {
    if (this.ending.signal.aborted) return;
    const isNews = reason !== this.trouble;
    this.trouble = reason;
    this.failures++;
    const inMs = this.retryLater();
    const fields = { server: this.name, reason, failures: this.failures, retryInMs: inMs };
    if (isNews) this.options.logger.warn('An MCP server cannot be connected', fields);
    else this.options.logger.debug('An MCP server still cannot be connected', fields);
  }

  private readonly events = {
    onLost: (session: McpSession): void => this.drop(session, 'The connection ended.'),
    onToolsChanged: (): void => this.relistSoon(),
    onTrouble: (session: McpSession): void => {
      if (this.options.section.transport === 'http') this.check(session);
    },
  };

  /** Gives up a connection that has ended, and sees to a new one. */
  private drop(session: McpSession, reason: string): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.end(session);
    if (this.ending.signal.aborted) return;
    this.trouble = reason;
    if (Date.now() - this.openedAt >= this.options.retry.stableMs) this.waits = 0;
    const inMs = this.retryLater();
    this.options.logger.warn('The connection to an MCP server ended', { server: this.name, reason, retryInMs: inMs });
  }

  private retryLater(): number {
    const delayMs = Math.round(retryDelayMs(this.options.retry, this.waits++));
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.start(), delayMs);
    this.retryTimer.unref();
    return delayMs;
  }

  private end(session: McpSession): void {
    const end = session.close().catch(() => undefined);
    this.ends.add(end);
    void end.finally(() => this.ends.delete(end));
  }

  /** Asks whether it still answers: HTTP says nothing when a server goes away, nor does a program that hangs. */
  private check(session: McpSession): void {
    if (this.session !== session || this.checking) return;
    this.checking = this.dropUnlessAlive(session).finally(() => (this.checking = undefined));
  }

  private async dropUnlessAlive(session: McpSession): Promise<void> {
    if (!(await this.ping(session, this.ending.signal))) this.drop(session, 'It does not answer any more.');
  }

  private async ping(session: McpSession, signal: AbortSignal): Promise<boolean> {
    const deadline = new Deadline(signal, PING_MS);
    try {
      await deadline.race(session.ping(deadline.signal));
      return true;
    } catch {
      return false;
    } finally {
      deadline.release();
    }
  }

  private relistSoon(): void {
    if (this.ending.signal.aborted) return;
    this.relistTimer ??= setTimeout(() => {
      this.relistTimer = undefined;
      void this.relist();
    }, RELIST_DELAY_MS);
    this.relistTimer.unref();
  }

  /** One after the other, so that an old list never replaces a newer one. */
  private relist(): Promise<void> {
    const next = (this.relisting ?? Promise.resolve()).then(() => this.listNow());
    this.relisting = next;
    return next;
  }

  private async listNow(): Promise<void> {
    const { session } = this;
    if (session === undefined) return;
    const deadline = new Deadline(this.ending.signal, this.options.section.connect_timeout_ms);
    try {
      const listing = await session.tools(deadline.signal);
      if (this.session === session) this.adopt(listing);
    } catch (error) {
      if (this.session !== session || this.ending.signal.aborted) return;
      this.trouble = `Its tools cannot be listed again. ${reasonOf(error)}`;
      this.options.logger.warn('The tools of an MCP server cannot be listed', {
        server: this.name,
        reason: this.trouble,
      });
      this.check(session);
    } finally {
      deadline.release();
    }
  }

  private adopt({ tools, dropped }: ToolListing): void {
    this.trouble = '';
    this.tools = tools;
    const problems = dropped.join('; ');
    if (problems !== '' && problems !== this.problems) {
      this.options.logger.warn('Tools of an MCP server are not offered', { server: this.name, problems: dropped });
    }
    this.problems = problems;
    this.options.onTools();
  }
}
