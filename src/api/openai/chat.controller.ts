import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ApiSection } from '../../core/config/sections/api.section.js';
import type { Principal } from '../../core/domain/principal.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { HttpMetrics } from '../../core/metrics/http-metrics.js';
import { LegacyChatService } from '../../orchestration/canary/legacy-chat.service.js';
import type { ChatCommand } from '../../orchestration/chat/chat-command.js';
import type { ChatEvent } from '../../orchestration/chat/chat-event.js';
import { ChatService } from '../../orchestration/chat/chat.service.js';
import { Caller, Scopes } from '../auth/access.decorator.js';
import { ApiProduces, ApiTags } from '../docs/document.decorator.js';
import { asCozyError } from '../errors/error-body.js';
import { EventStream } from '../http/event-stream.js';
import { requestIdOf } from '../http/request-context.middleware.js';
import { requestSignal } from '../http/request-signal.js';
import { Idempotent, NOT_REPLAYABLE } from '../idempotency/idempotency.interceptor.js';
import { chatCommand, isCozyChatApp } from './chat-request.js';
import { streamCompletion } from './chat-stream.js';
import { ChatCompletionDto } from './chat.dto.js';
import { PING } from './chunks.js';
import { collectCompletion } from './completion.js';
import { answerFailure, relay } from './legacy-relay.js';

@ApiTags('OpenAI')
@Controller('v1/chat/completions')
export class ChatController {
  constructor(
    private readonly chat: ChatService,
    private readonly section: ApiSection,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: HttpMetrics,
    private readonly legacy: LegacyChatService,
  ) {}

  @Post()
  @Scopes('chat:write')
  @HttpCode(200)
  @Idempotent()
  @ApiProduces('application/json', 'text/event-stream')
  async create(
    @Body() dto: ChatCompletionDto,
    @Req() request: Request,
    @Caller() principal: Principal,
    @Res() response: Response,
  ): Promise<void> {
    const command = chatCommand(dto, principal, requestIdOf(response));
    const signal = requestSignal(response, this.lifecycle);
    const routed = await this.routed(command, dto, { request, response, signal });
    if (routed === undefined) return;
    const events = this.chat.run({ ...command, decided: routed }, signal);
    if (dto.stream) return this.stream(events, dto, response);
    const completion = await collectCompletion(events);
    if (completion) response.setHeader('X-Cozy-Overhead-Ms', completion.metadata.overhead_ms).json(completion);
    else if (!response.destroyed) throw new CozyError('INTERNAL_SHUTTING_DOWN');
  }

  /** Undefined where an earlier server has answered. */
  private async routed(
    command: ChatCommand,
    dto: ChatCompletionDto,
    { request, response, signal }: { request: Request; response: Response; signal: AbortSignal },
  ): Promise<ChatCommand['decided']> {
    const requestId = requestIdOf(response);
    try {
      const routed = await this.legacy.route(command, request.body as object, signal);
      if ('decided' in routed) return routed.decided;
      await relay(routed, response, requestId, (delta) => this.metrics.streams.inc(delta));
    } catch (thrown) {
      if (signal.aborted && response.destroyed) return undefined;
      const error = signal.aborted ? new CozyError('INTERNAL_SHUTTING_DOWN') : asCozyError(thrown);
      if (!isCozyChatApp(dto) || !error.code.startsWith('ENGINE_')) throw error;
      answerFailure(error, response, requestId);
    }
    return undefined;
  }

  private async stream(events: AsyncIterable<ChatEvent>, dto: ChatCompletionDto, response: Response): Promise<void> {
    const stream = new EventStream(response, PING, this.section.sse_heartbeat_ms, (delta) =>
      this.metrics.streams.inc(delta),
    );
    // A failed or cut answer is not one to be replayed; settled before the end, as the end is when it is kept.
    response.locals[NOT_REPLAYABLE] = true;
    try {
      await streamCompletion(events, stream, {
        requestId: requestIdOf(response),
        includeUsage: dto.stream_options?.include_usage === true,
        errorsAsText: isCozyChatApp(dto),
        onFinish: () => (response.locals[NOT_REPLAYABLE] = false),
      });
    } finally {
      stream.stop();
    }
  }
}
