import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { ToolApprovalService } from '../../orchestration/tools/tool-approval.service.js';
import { ToolService } from '../../orchestration/tools/tool.service.js';
import { AdminOnly, Caller, Scopes } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';
import { requestSignal } from '../http/request-signal.js';
import { Idempotent } from '../idempotency/idempotency.interceptor.js';
import { approvalBody } from './approval-body.js';
import { ToolDecisionDto, ToolExecutionDto, ToolListDto } from './tool.dto.js';

@ApiTags('Tools')
@Controller('v1/tools')
export class ToolController {
  constructor(
    private readonly tools: ToolService,
    private readonly approvals: ToolApprovalService,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get()
  @Scopes('chat:read', 'chat:write')
  list(@Query() { type }: ToolListDto, @Caller() principal: Principal) {
    const wanted = type && type !== 'all' ? type : undefined;
    const tools = this.tools
      .list(principal)
      .filter((tool) => wanted === undefined || tool.type === wanted)
      .map(({ name, type: kind, description, parameters, enabled, server, level }) => ({
        name,
        type: kind,
        description,
        parameters,
        enabled,
        server,
        level,
      }));
    return { tools, total: tools.length };
  }

  /** One call by hand, by the default personality's list. `execution_time` is in seconds. */
  @Post('execute')
  @Scopes('chat:write')
  @HttpCode(200)
  @Idempotent()
  async execute(
    @Body() dto: ToolExecutionDto,
    @Caller() principal: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    const signal = requestSignal(response, this.lifecycle);
    const outcome = await this.tools.execute(principal, dto.tool_name, dto.parameters ?? {}, signal);
    if (signal.aborted && !response.destroyed) throw new CozyError('INTERNAL_SHUTTING_DOWN');
    return {
      tool_name: outcome.name,
      result: outcome.result ? (outcome.result.structured ?? outcome.result.text) : null,
      execution_time: Math.round(outcome.milliseconds) / 1000,
      success: outcome.error === undefined,
      ...(outcome.error && { error: { code: outcome.error.code, message: outcome.error.message } }),
    };
  }

  @Post('refresh')
  @AdminOnly()
  @HttpCode(200)
  async refresh(@Caller() principal: Principal, @Res({ passthrough: true }) response: Response) {
    const tools = await this.tools.refresh(principal, requestSignal(response, this.lifecycle));
    return { message: 'The tools have been looked for again.', tools, total: tools.length };
  }

  /** Calls that wait for the caller's yes; an admin sees everybody's. */
  @Get('approvals')
  @Scopes('chat:read', 'chat:write')
  async pending(@Caller() principal: Principal) {
    return { items: (await this.approvals.list(principal)).map(approvalBody), next_cursor: null };
  }

  @Post('approvals/:id')
  @Scopes('chat:write')
  @HttpCode(200)
  async decide(@Param('id') id: string, @Body() { approve }: ToolDecisionDto, @Caller() principal: Principal) {
    const { tool } = await this.approvals.decide(id, principal, approve);
    return { id, tool_name: tool, approved: approve };
  }
}
