import { Injectable } from '@nestjs/common';
import type { CozyError } from '../../core/errors/cozy.error.js';
import { Logger } from '../../core/logging/logger.js';
import { redactText } from '../../core/logging/redact.js';
import { ToolMetrics } from '../../core/metrics/tool-metrics.js';
import { AuditService } from '../audit/audit.service.js';
import type { ToolRequest } from './tool-outcome.js';

/** A call that is over. */
export interface EndedCall {
  request: ToolRequest;
  userId: string;
  sessionId: string | null;
  personalityId: string;
  error: CozyError | undefined;
  milliseconds: number;
  /** Whether there is such a tool: the names that models invent are nobody's label. */
  known: boolean;
}

/** What is left of a tool call: a metric, a log line, an audit event. */
@Injectable()
export class ToolRecordService {
  constructor(
    private readonly metrics: ToolMetrics,
    private readonly audit: AuditService,
    private readonly logger: Logger,
  ) {}

  /** Resolves once the call is on record; to be awaited before the turn is acknowledged. */
  call({ request, userId, sessionId, personalityId, error, milliseconds, known }: EndedCall): Promise<unknown> {
    const tool = known ? request.name : 'unknown';
    const outcome = error?.code ?? 'ok';
    this.metrics.call(tool, outcome);
    const facts = { tool, outcome, latency_ms: Math.round(milliseconds) };
    if (error) this.logger.warn('A tool call failed', facts, error.cause);
    else this.logger.info('A tool was called', facts);
    return this.audit.record({
      action: 'tool.call',
      outcome: outcomeOf(error),
      actorId: userId,
      subject: known ? request.name : redactText(request.name).slice(0, 128),
      details: {
        code: outcome,
        latency_ms: facts.latency_ms,
        session_id: sessionId,
        personality_id: personalityId,
        arguments: argumentsOf(request),
      },
    });
  }

  /** How long a tool itself took. */
  ran(tool: string, milliseconds: number): void {
    this.metrics.ran(tool, milliseconds);
  }
}

function outcomeOf(error: CozyError | undefined): 'success' | 'failure' | 'refused' {
  if (!error) return 'success';
  return error.row.status < 500 ? 'refused' : 'failure';
}

/** The audit trail redacts by key, so that a model's text is taken apart first, where it can be. */
function argumentsOf({ arguments: given }: ToolRequest): unknown {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given);
  } catch {
    // Text that cannot be taken apart cannot be redacted by key.
    return { unreadable: true, characters: given.length };
  }
}
