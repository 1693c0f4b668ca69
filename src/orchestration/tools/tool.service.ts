import { Injectable } from '@nestjs/common';
import { actsAsAdmin, type Principal } from '../../core/domain/principal.js';
import type { Tool } from '../../engines/tools/tool.port.js';
import { AuditService } from '../audit/audit.service.js';
import { PersonalityService } from '../personalities/personality.service.js';
import { ToolCatalogService } from './tool-catalog.service.js';
import type { ToolOutcome } from './tool-outcome.js';
import { ToolRunService } from './tool-run.service.js';

const REFRESH_MS = 30_000;

export interface ListedTool extends Tool {
  type: string;
  /** Whether the caller may run it by hand: the default personality's list decides. */
  enabled: boolean;
}

/** Tools outside of a conversation: what there is, one call by hand, looking again. */
@Injectable()
export class ToolService {
  constructor(
    private readonly catalog: ToolCatalogService,
    private readonly runs: ToolRunService,
    private readonly personalities: PersonalityService,
    private readonly audit: AuditService,
  ) {}

  list(principal: Principal): ListedTool[] {
    const offered = this.offered(principal);
    return this.catalog.all().map(({ tool, type }) => ({ ...tool, type, enabled: offered.has(tool.name) }));
  }

  /** Throws what refuses a call; a tool that fails is an outcome. */
  async execute(
    principal: Principal,
    name: string,
    parameters: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const run = {
      userId: principal.userId,
      sessionId: null,
      personalityId: this.personalities.default.id,
      datasets: this.personalities.default.knowledge.datasets,
      providers: {
        memory: this.personalities.default.memory.provider,
        knowledge: this.personalities.default.knowledge.provider,
      },
      // An admin who asks for a call has thereby said yes to it.
      approval: actsAsAdmin(principal) ? ('given' as const) : this.personalities.default.tools.approval,
      announce: () => undefined,
      tools: this.offered(principal),
    };
    const outcome = await this.runs.run({ name, arguments: parameters }, run, signal);
    await outcome.recorded;
    if (outcome.error && outcome.error.row.status < 500) throw outcome.error;
    return outcome;
  }

  /** Looks for tools again; the names of all there are now. */
  async refresh(principal: Principal, signal: AbortSignal): Promise<string[]> {
    const tools = await this.catalog.refresh(AbortSignal.any([signal, AbortSignal.timeout(REFRESH_MS)]));
    const details = { tools: tools.length };
    await this.audit.record({ action: 'tool.refresh', outcome: 'success', actorId: principal.userId, details });
    return tools;
  }

  private offered(principal: Principal): Map<string, Tool> {
    return this.catalog.offered({ personality: this.personalities.default, principal, allowedTools: undefined });
  }
}
