import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { Principal } from '../../../core/domain/principal.js';
import { InputTokenService } from '../../../orchestration/responses/input-token.service.js';
import { ResponseService } from '../../../orchestration/responses/response.service.js';
import { Caller, Scopes } from '../../auth/access.decorator.js';
import { ApiTags } from '../../docs/document.decorator.js';
import { requestIdOf } from '../../http/request-context.middleware.js';
import { referencedItems } from './referenced-items.js';
import { responseRequest } from './response-request.js';
import { CreateResponseDto } from './responses.dto.js';

@ApiTags('OpenAI')
@Controller('v1/responses')
export class InputTokenController {
  constructor(
    private readonly tokens: InputTokenService,
    private readonly responses: ResponseService,
  ) {}

  /** As a response is asked for; without any input, too. */
  @Post('input_tokens')
  @Scopes('chat:read', 'chat:write')
  @HttpCode(200)
  async count(
    @Body() dto: CreateResponseDto,
    @Caller() principal: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    const caller = { principal, requestId: requestIdOf(response) };
    dto.input ??= [];
    const referenced = await referencedItems(this.responses, dto.input, principal);
    const { command } = responseRequest(dto, caller, referenced);
    return { object: 'response.input_tokens' as const, input_tokens: await this.tokens.count(command) };
  }
}
