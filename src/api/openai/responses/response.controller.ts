import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { ApiSection } from '../../../core/config/sections/api.section.js';
import type { Principal } from '../../../core/domain/principal.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { Lifecycle } from '../../../core/lifecycle/lifecycle.js';
import { HttpMetrics } from '../../../core/metrics/http-metrics.js';
import { RoutedTurnService } from '../../../orchestration/canary/routed-turn.service.js';
import { type BegunResponse, ResponseService } from '../../../orchestration/responses/response.service.js';
import { Caller, Scopes } from '../../auth/access.decorator.js';
import { ApiProduces, ApiTags } from '../../docs/document.decorator.js';
import { EventStream } from '../../http/event-stream.js';
import { requestIdOf } from '../../http/request-context.middleware.js';
import { requestSignal } from '../../http/request-signal.js';
import { Idempotent, NOT_REPLAYABLE } from '../../idempotency/idempotency.interceptor.js';
import { PING } from '../chunks.js';
import { uuidOf } from './item-ids.js';
import { pageOf } from './item-page.js';
import { referencedItems } from './referenced-items.js';
import { ResponseDraft } from './response-draft.js';
import { replayed } from './response-replay.js';
import { type ResponseRequest, responseRequest } from './response-request.js';
import { collectResponse, streamResponse } from './response-stream.js';
import { CreateResponseDto, ListItemsDto, RetrieveResponseDto } from './responses.dto.js';

@ApiTags('OpenAI')
@Controller('v1/responses')
export class ResponseController {
  constructor(
    private readonly turns: RoutedTurnService,
    private readonly responses: ResponseService,
    private readonly section: ApiSection,
    private readonly lifecycle: Lifecycle,
    private readonly metrics: HttpMetrics,
  ) {}

  @Post()
  @Scopes('chat:write')
  @HttpCode(200)
  @Idempotent()
  @ApiProduces('application/json', 'text/event-stream')
  async create(
    @Body() dto: CreateResponseDto,
    @Caller() principal: Principal,
    @Res() response: Response,
  ): Promise<void> {
    const requestId = requestIdOf(response);
    const referenced = await referencedItems(this.responses, dto.input, principal);
    const request = responseRequest(dto, { principal, requestId }, referenced);
    const begun = await this.responses.begin(request.command);
    const events = this.turns.run(begun.command, requestSignal(response, this.lifecycle));
    const story = this.storyOf(request, begun);
    if (dto.stream) return this.stream(events, story, response);
    const body = await collectResponse(events, story);
    if (body) response.json(body);
    else if (!response.destroyed) throw new CozyError('INTERNAL_SHUTTING_DOWN');
  }

  @Get(':id')
  @Scopes('chat:read', 'chat:write')
  @ApiProduces('application/json', 'text/event-stream')
  async get(
    @Param('id') id: string,
    @Query() { stream, starting_after: after = -1 }: RetrieveResponseDto,
    @Caller() principal: Principal,
    @Res() response: Response,
  ): Promise<void> {
    const body = await this.responses.get(uuidOf('resp', id), principal);
    if (stream === 'true') this.open(response).end(replayed(body, after));
    else response.json(body);
  }

  @Delete(':id')
  @Scopes('chat:write')
  async delete(@Param('id') id: string, @Caller() principal: Principal) {
    await this.responses.delete(uuidOf('resp', id), principal);
    return { id, object: 'response', deleted: true };
  }

  /** Answers are whole by the time that they can be asked for; a running one ends when its caller hangs up. */
  @Post(':id/cancel')
  @Scopes('chat:write')
  @HttpCode(200)
  async cancel(@Param('id') id: string, @Caller() principal: Principal) {
    return this.responses.get(uuidOf('resp', id), principal);
  }

  @Get(':id/input_items')
  @Scopes('chat:read', 'chat:write')
  async inputItems(@Param('id') id: string, @Query() query: ListItemsDto, @Caller() principal: Principal) {
    const items = (await this.responses.inputOf(uuidOf('resp', id), principal)) as { id: string }[];
    return pageOf(items, query);
  }

  private storyOf({ echo, ignoredTools, command }: ResponseRequest, begun: BegunResponse) {
    const facts = { requestId: command.chat.requestId, ignoredTools };
    return {
      begin: (start: ConstructorParameters<typeof ResponseDraft>[0]) => new ResponseDraft(start, echo, facts),
      keep: (body: object, turnId: string, sessionId: string | null) =>
        this.responses.keep(begun, { id: turnId, sessionId }, body),
    };
  }

  private async stream(
    events: ReturnType<RoutedTurnService['run']>,
    story: ReturnType<ResponseController['storyOf']>,
    response: Response,
  ): Promise<void> {
    const stream = this.open(response);
    // A failed or cut answer is not one to be replayed; settled before the end, as the end is when it is kept.
    response.locals[NOT_REPLAYABLE] = true;
    try {
      await streamResponse(events, stream, { ...story, onFinish: () => (response.locals[NOT_REPLAYABLE] = false) });
    } finally {
      stream.stop();
    }
  }

  private open(response: Response): EventStream {
    return new EventStream(response, PING, this.section.sse_heartbeat_ms, (delta) => this.metrics.streams.inc(delta));
  }
}
