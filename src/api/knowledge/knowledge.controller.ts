import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, UploadedFile } from '@nestjs/common';
import type { Principal } from '../../core/domain/principal.js';
import { KnowledgeService } from '../../orchestration/knowledge/knowledge.service.js';
import { Caller, Scopes } from '../auth/access.decorator.js';
import type { UploadedForm } from '../auth/authenticated-request.js';
import { LimitedAs } from '../auth/rate-limit.guard.js';
import { ApiTags } from '../docs/document.decorator.js';
import { Idempotent } from '../idempotency/idempotency.interceptor.js';
import { Upload } from '../uploads/upload.interceptor.js';
import { datasetBody, documentBody, passageBody, sentDocument } from './knowledge-body.js';
import {
  DatasetDto,
  DocumentPageDto,
  DocumentRemovalDto,
  KnowledgeSearchDto,
  NewDocumentDto,
} from './knowledge.dto.js';

/** Documents that the caller's companions answer from: the caller's own, and those that admins have shared. */
@ApiTags('Knowledge')
@Controller('v1/knowledge')
export class KnowledgeController {
  constructor(private readonly knowledge: KnowledgeService) {}

  @Get()
  @Scopes('memory:read')
  async datasets(@Caller() { userId }: Principal) {
    return { items: (await this.knowledge.datasets(userId)).map(datasetBody), next_cursor: null };
  }

  @Get(':dataset/documents')
  @Scopes('memory:read')
  async list(
    @Caller() { userId }: Principal,
    @Param() { dataset }: DatasetDto,
    @Query() { limit = 50, cursor }: DocumentPageDto,
  ) {
    const page = await this.knowledge.list(userId, dataset, limit, cursor ?? null);
    return { items: page.items.map(documentBody), next_cursor: page.nextCursor };
  }

  @Post(':dataset/documents')
  @Scopes('memory:write')
  @LimitedAs('upload')
  @Idempotent()
  @Upload()
  async add(
    @Caller() principal: Principal,
    @Param() { dataset }: DatasetDto,
    @Body() body: NewDocumentDto,
    @UploadedFile() file: UploadedForm | undefined,
  ) {
    return documentBody(await this.knowledge.add(principal, dataset, sentDocument(body, file)));
  }

  @Get(':dataset/documents/:id')
  @Scopes('memory:read')
  async get(@Caller() { userId }: Principal, @Param() { dataset }: DatasetDto, @Param('id') id: string) {
    return documentBody(await this.knowledge.get(userId, dataset, id));
  }

  @Delete(':dataset/documents/:id')
  @Scopes('memory:write')
  @HttpCode(200)
  async remove(
    @Caller() principal: Principal,
    @Param() { dataset }: DatasetDto,
    @Param('id') id: string,
    @Query() { shared = false }: DocumentRemovalDto,
  ) {
    await this.knowledge.remove(principal, dataset, id, shared);
    return { message: 'The document has been deleted.', id };
  }

  @Post(':dataset/search')
  @Scopes('memory:read')
  @HttpCode(200)
  async search(
    @Caller() { userId }: Principal,
    @Param() { dataset }: DatasetDto,
    @Body() { query, top_k = 5 }: KnowledgeSearchDto,
  ) {
    return { items: (await this.knowledge.search(userId, dataset, query, top_k)).map(passageBody) };
  }
}
