import { CozyError } from '../../../core/errors/cozy.error.js';
import { ENGINE_API_VERSION, type EngineHealth } from '../../engine-health.js';
import { type Tool, type ToolCaller, ToolEngine, type ToolResult } from '../tool.port.js';
import { type BuiltinTool, quoted } from './builtin-tool.js';

/** The tools that are part of this server. */
export class BuiltinToolEngine extends ToolEngine {
  readonly apiVersion = ENGINE_API_VERSION;
  readonly type = 'builtin';
  private readonly tools: ReadonlyMap<string, BuiltinTool>;
  private readonly definitions: readonly Tool[];
  private readonly running = new Set<AbortController>();
  private closed = false;

  /** @param tools `configuredTools(…)`, and what other engines offer as tools. Two of one name are a mistake of ours. */
  constructor(tools: readonly BuiltinTool[]) {
    super();
    this.definitions = Object.freeze(tools.map(({ definition }) => definition));
    this.tools = new Map(tools.map((tool) => [tool.definition.name, tool]));
    if (this.tools.size !== tools.length) throw new Error('Two built-in tools have the same name.');
  }

  override list(): readonly Tool[] {
    return this.definitions;
  }

  override async invoke(
    name: string,
    args: Record<string, unknown>,
    caller: ToolCaller,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const tool = this.tools.get(name);
    if (tool === undefined) throw new CozyError('TOOL_NOT_FOUND', { message: `There is no tool ${quoted(name)}.` });
    if (this.closed) throw shuttingDown();
    const call = new AbortController();
    const onAbort = (): void => call.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.running.add(call);
    try {
      signal.throwIfAborted();
      return await tool.run(args, caller, call.signal);
    } catch (thrown) {
      throw this.errorOf(thrown, call.signal.aborted || signal.aborted);
    } finally {
      this.running.delete(call);
      signal.removeEventListener('abort', onAbort);
    }
  }

  override refresh(): Promise<void> {
    return Promise.resolve();
  }

  override health(): Promise<Record<string, EngineHealth>> {
    const builtin: EngineHealth = this.closed ? { status: 'down', reason: 'The engine is closed.' } : { status: 'up' };
    return Promise.resolve({ builtin });
  }

  override close(): Promise<void> {
    this.closed = true;
    for (const call of this.running) call.abort();
    return Promise.resolve();
  }

  private errorOf(thrown: unknown, aborted: boolean): CozyError {
    if (aborted) return this.closed ? shuttingDown() : new CozyError('TOOL_TIMEOUT', { cause: thrown });
    return thrown instanceof CozyError ? thrown : new CozyError('TOOL_FAILED', { cause: thrown });
  }
}

function shuttingDown(): CozyError {
  return new CozyError('TOOL_UNAVAILABLE', { message: 'This server is shutting down, so the tool cannot run.' });
}
