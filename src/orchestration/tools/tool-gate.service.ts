import { Injectable } from '@nestjs/common';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { Tool } from '../../engines/tools/tool.port.js';
import { RateLimitRepository } from '../../storage/limits/rate-limit.repository.js';
import type { ToolApproval } from '../../storage/tools/tool-approval.repository.js';
import { ToolApprovalService } from './tool-approval.service.js';
import { ArgumentChecker } from './tool-arguments.js';

const MINUTE_MS = 60_000;

/** On whose behalf a call asks to be let through. */
export interface GatePass {
  userId: string;
  sessionId: string | null;
  /** Who says yes to a call that needs it; `given` where the caller, an admin, has asked for this very call. */
  approval: 'admin' | 'user' | 'given';
  announce: (approval: ToolApproval) => void;
}

/** Lets a call through: its arguments fit, it does not come too often, and somebody has said yes where that is asked. */
@Injectable()
export class ToolGateService {
  private readonly checker = new ArgumentChecker();

  constructor(
    private readonly limits: RateLimitRepository,
    private readonly approvals: ToolApprovalService,
    private readonly section: ToolsSection,
  ) {}

  /** Throws a CozyError of the TOOL_* family, in words that a model can act on. */
  async admit(tool: Tool, args: Record<string, unknown>, pass: GatePass, signal: AbortSignal): Promise<void> {
    this.checker.check(tool, args);
    const policy = this.section.levels[tool.level];
    await this.takePlace(tool, pass.userId, policy.per_minute);
    if (!policy.approval || pass.approval === 'given') return;
    const { userId, sessionId } = pass;
    const wish = { userId, sessionId, tool: tool.name, args, byUser: pass.approval === 'user' };
    await this.approvals.wait(wish, pass.announce, signal);
  }

  private async takePlace(tool: Tool, userId: string, perMinute: number): Promise<void> {
    const taken = await this.limits.take(`tool:${tool.level}:${userId}`, perMinute, MINUTE_MS);
    if (taken.allowed) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(taken.retryAfterMs / 1000));
    throw new CozyError('TOOL_RATE_LIMITED', {
      message: `Tools of this kind may be called ${perMinute} times a minute. Try again in ${retryAfterSeconds} s.`,
      retryAfterSeconds,
    });
  }
}
