import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { Principal } from '../../core/domain/principal.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { type ModelEntry, ModelService } from '../../orchestration/chat/model.service.js';
import { Caller, Scopes } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';
import { requestSignal } from '../http/request-signal.js';
import { encodeVectors, parseEmbeddingInput } from './embeddings.js';
import { EmbeddingsDto } from './embeddings.dto.js';

/** The day of the first release; providers seldom tell theirs. */
const CREATED = 1_763_769_600;

const modelBody = ({ id, ownedBy }: ModelEntry) => ({
  id,
  object: 'model' as const,
  created: CREATED,
  owned_by: ownedBy,
});

@ApiTags('OpenAI')
@Controller('v1')
export class ModelController {
  constructor(
    private readonly models: ModelService,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get('models')
  @Scopes('chat:read', 'chat:write')
  async list() {
    return { object: 'list' as const, data: (await this.models.list()).map(modelBody) };
  }

  @Get('models/:id')
  @Scopes('chat:read', 'chat:write')
  async get(@Param('id') id: string) {
    return modelBody(await this.models.get(id));
  }

  /** Ids such as `cozy/companion`, for clients that do not encode the slash. */
  @Get('models/:owner/:name')
  @Scopes('chat:read', 'chat:write')
  async getByPath(@Param('owner') owner: string, @Param('name') name: string) {
    return modelBody(await this.models.get(`${owner}/${name}`));
  }

  @Post('embeddings')
  @Scopes('chat:write')
  @HttpCode(200)
  async embed(
    @Body() dto: EmbeddingsDto,
    @Caller() { userId }: Principal,
    @Res({ passthrough: true }) response: Response,
  ) {
    const request = {
      model: dto.model,
      input: parseEmbeddingInput(dto.input),
      ...(dto.dimensions != null && { dimensions: dto.dimensions }),
    };
    const signal = requestSignal(response, this.lifecycle);
    const { model, vectors, promptTokens } = await this.models.embed(request, userId, signal);
    return {
      object: 'list' as const,
      data: encodeVectors(vectors, dto.encoding_format),
      model,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    };
  }
}
