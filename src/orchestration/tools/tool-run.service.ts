import { Injectable } from '@nestjs/common';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { GEN_AI } from '../../core/tracing/gen-ai.js';
import { traced } from '../../core/tracing/tracing.js';
import { withDeadline } from '../../core/util/deadline.js';
import type { Tool, ToolCaller, ToolResult } from '../../engines/tools/tool.port.js';
import { checkedObject, parseArguments } from './tool-arguments.js';
import { ToolCatalogService } from './tool-catalog.service.js';
import { type GatePass, ToolGateService } from './tool-gate.service.js';
import type { ToolOutcome, ToolRequest } from './tool-outcome.js';
import { ToolRecordService } from './tool-record.service.js';

/** What a call may use and on whose behalf it runs. */
export interface ToolRun extends GatePass {
  tools: ReadonlyMap<string, Tool>;
  turnId?: string | null;
  personalityId: string;
  datasets: readonly string[];
  providers?: ToolCaller['providers'];
}

/** The story of one tool call: found, let through, run under its deadline, recorded. */
@Injectable()
export class ToolRunService {
  constructor(
    private readonly catalog: ToolCatalogService,
    private readonly gate: ToolGateService,
    private readonly section: ToolsSection,
    private readonly record: ToolRecordService,
  ) {}

  /** Never throws: a call that is cut short by `signal` is an outcome too, and on record. */
  async run(request: ToolRequest, run: ToolRun, signal: AbortSignal): Promise<ToolOutcome> {
    // Names that models invent may be anybody's words.
    const name = this.catalog.has(request.name) ? request.name : 'unknown';
    const attributes = {
      [GEN_AI.operation]: 'execute_tool',
      [GEN_AI.toolName]: name,
      [GEN_AI.toolType]: 'function',
      [GEN_AI.toolCall]: request.id,
      [GEN_AI.conversation]: run.sessionId ?? undefined,
    };
    return traced(`execute_tool ${name}`, { attributes }, async (span) => {
      const outcome = await this.ran(request, run, signal);
      if (outcome.error) span.fail(outcome.error.code);
      return outcome;
    });
  }

  private async ran(request: ToolRequest, run: ToolRun, signal: AbortSignal): Promise<ToolOutcome> {
    const startedAt = performance.now();
    const { name } = request;
    let result: ToolResult | undefined;
    let error: CozyError | undefined;
    try {
      result = await this.call(request, run, signal);
    } catch (thrown) {
      error = signal.aborted ? cancelled(thrown) : asCozyError(thrown);
    }
    const milliseconds = performance.now() - startedAt;
    const { userId, sessionId, personalityId } = run;
    const known = this.catalog.has(name);
    const recorded = this.record.call({ request, userId, sessionId, personalityId, error, milliseconds, known });
    return { name, result, error, milliseconds, recorded };
  }

  private async call(request: ToolRequest, run: ToolRun, signal: AbortSignal): Promise<ToolResult> {
    const tool = this.find(request.name, run);
    const given = request.arguments;
    const args = typeof given === 'string' ? parseArguments(given) : checkedObject(given);
    await this.gate.admit(tool, args, run, signal);
    const startedAt = performance.now();
    try {
      return await withDeadline(
        signal,
        tool.timeoutMs ?? this.section.call_timeout_ms,
        (limited) => this.catalog.engineOf(tool).invoke(tool.name, args, run, limited),
        () => new CozyError('TOOL_TIMEOUT'),
      );
    } finally {
      this.record.ran(tool.name, performance.now() - startedAt);
    }
  }

  private find(name: string, { tools }: ToolRun): Tool {
    const tool = tools.get(name);
    if (tool) return tool;
    if (this.catalog.has(name))
      throw new CozyError('TOOL_NOT_ALLOWED', { message: `The tool ${name} may not be used here.` });
    const known = [...tools.keys()].slice(0, 50).join(', ');
    throw new CozyError('TOOL_NOT_FOUND', {
      message: `There is no such tool. ${known ? `Those that may be used: ${known}.` : 'None may be used here.'}`,
    });
  }
}

const cancelled = (cause: unknown) =>
  new CozyError('TOOL_FAILED', { message: 'The call was cancelled; it may have been done.', cause });

const asCozyError = (thrown: unknown) =>
  thrown instanceof CozyError ? thrown : new CozyError('TOOL_FAILED', { cause: thrown });
