import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import { actsAsAdmin, type Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { isUuid, newId } from '../../core/util/ids.js';
import { SignalRepository } from '../../storage/signals/signal.repository.js';
import { type ToolApproval, ToolApprovalRepository } from '../../storage/tools/tool-approval.repository.js';
import { AuditService } from '../audit/audit.service.js';
import { shownToApprovers } from './approval-arguments.js';

const MOST_LISTED = 100;
/** A decision is signalled; asking as well finds those whose signal was lost. */
const ASK_AGAIN_MS = 2000;

export interface ApprovalWish {
  userId: string;
  sessionId: string | null;
  tool: string;
  args: Record<string, unknown>;
  /** Whether the user may decide, or admins only. */
  byUser: boolean;
}

/** Calls that wait for somebody's yes, on whichever instance they wait. */
@Injectable()
export class ToolApprovalService {
  private readonly waiting = new Map<string, () => void>();

  constructor(
    private readonly approvals: ToolApprovalRepository,
    private readonly signals: SignalRepository,
    private readonly section: ToolsSection,
    private readonly audit: AuditService,
  ) {
    signals.on('tool-approval-decided', (id) => this.waiting.get(id)?.());
  }

  /** Resolves once the call is approved; throws TOOL_APPROVAL_DENIED or TOOL_APPROVAL_TIMEOUT. */
  async wait(wish: ApprovalWish, announce: (approval: ToolApproval) => void, signal: AbortSignal): Promise<void> {
    const { args, ...rest } = wish;
    const row = { ...rest, id: newId(), arguments: shownToApprovers(args) };
    const approval = await this.approvals.open(row, this.section.approval_timeout_ms);
    const details = { approval_id: approval.id };
    announce(approval);
    try {
      const approved = await this.decision(approval, signal);
      if (approved === false) throw new CozyError('TOOL_APPROVAL_DENIED', { details });
      if (approved === null) throw new CozyError('TOOL_APPROVAL_TIMEOUT', { details });
    } finally {
      this.waiting.delete(approval.id);
      await this.approvals.withdraw(approval.id);
    }
  }

  /** What this person may decide. */
  list(principal: Principal): Promise<ToolApproval[]> {
    return this.approvals.listOpen(deciderOf(principal), MOST_LISTED);
  }

  async decide(id: string, principal: Principal, approved: boolean): Promise<ToolApproval> {
    const { userId } = principal;
    const decided = isUuid(id) ? await this.approvals.decide(id, deciderOf(principal), userId, approved) : undefined;
    if (!decided) throw new CozyError('RESOURCE_NOT_FOUND', { message: 'No such call waits for your approval.' });
    await this.audit.record({
      action: 'tool.approval',
      outcome: approved ? 'success' : 'refused',
      actorId: userId,
      subject: decided.tool,
      details: { approval_id: id, asked_by: decided.userId, arguments: decided.arguments },
    });
    await this.signals.send('tool-approval-decided', id);
    return decided;
  }

  /** A yes in the last moment has been acknowledged: it counts. */
  private async lastWord(id: string): Promise<boolean | null> {
    await this.approvals.withdraw(id);
    return this.approvals.decision(id);
  }

  private async decision({ id, expiresAt }: ToolApproval, signal: AbortSignal): Promise<boolean | null> {
    for (;;) {
      const woken = new Promise<void>((resolve) => this.waiting.set(id, resolve));
      const decided = await this.approvals.decision(id);
      const left = expiresAt.getTime() - Date.now();
      if (decided !== null) return decided;
      if (left <= 0) return this.lastWord(id);
      await Promise.race([woken, sleep(Math.min(left, ASK_AGAIN_MS), undefined, { signal, ref: false })]);
    }
  }
}

/** Null stands for an admin, who may decide everything. */
const deciderOf = (principal: Principal): string | null => (actsAsAdmin(principal) ? null : principal.userId);
