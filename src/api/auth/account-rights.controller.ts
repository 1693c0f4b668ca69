import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Body, Controller, Delete, Get, HttpCode, Param, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { Principal } from '../../core/domain/principal.js';
import { Logger } from '../../core/logging/logger.js';
import { AccountDeletionService } from '../../orchestration/accounts/account-deletion.service.js';
import { AccountExportService } from '../../orchestration/accounts/account-export.service.js';
import { ApiTags } from '../docs/document.decorator.js';
import { AdminOnly, Caller } from './access.decorator.js';
import { ExportDto } from './account-rights.dto.js';
import { PasswordDto } from './auth.dto.js';
import { LimitedAs } from './rate-limit.guard.js';

type Export = Awaited<ReturnType<AccountExportService['obtain']>>;

const exportBody = ({ id, status, createdAt, expiresAt }: Export) => ({
  id,
  status,
  created_at: createdAt.toISOString(),
  expires_at: expiresAt.toISOString(),
});

const deletionBody = (userId: string) => ({
  status: 'deleting',
  user_id: userId,
  message: 'The account is closed. Everything that belongs to it is being deleted.',
});

/** What the law gives users: all of their data, and the end of it. Both are closed to API keys. */
@ApiTags('Accounts')
@Controller('v1')
export class AccountRightsController {
  constructor(
    private readonly exports: AccountExportService,
    private readonly deletions: AccountDeletionService,
    private readonly logger: Logger,
  ) {}

  /** 202 while it is made, then the export itself. */
  @Get('users/me/export')
  async export(@Caller() caller: Principal, @Query() { renew }: ExportDto, @Res() response: Response): Promise<void> {
    const found = await this.exports.obtain(caller, renew === 'true');
    if (found.status === 'ready') await this.send(this.exports.content(caller, found), found, response);
    else response.status(202).json(exportBody(found));
  }

  @Delete('users/me')
  @LimitedAs('reauthentication')
  @HttpCode(202)
  async delete(@Caller() caller: Principal, @Body() { password }: PasswordDto) {
    await this.deletions.deleteOwn(caller, password);
    return deletionBody(caller.userId);
  }

  @Delete('admin/users/:id')
  @AdminOnly()
  @HttpCode(202)
  async deleteOther(@Caller() caller: Principal, @Param('id') id: string) {
    await this.deletions.deleteOther(caller, id);
    return deletionBody(id);
  }

  /** As it is stored where the client takes gzip; a caller who leaves, or a part that is gone, ends it in the middle. */
  private async send(content: AsyncIterable<Buffer>, { id, createdAt }: Export, response: Response): Promise<void> {
    const takesGzip = /\bgzip\b/.test(response.req.headers['accept-encoding'] ?? '');
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Vary', 'Accept-Encoding');
    response.setHeader('X-Export-Id', id);
    const name = `cozyengine-export-${createdAt.toISOString().slice(0, 10)}.json`;
    response.setHeader('Content-Disposition', `attachment; filename="${name}"`);
    if (takesGzip) response.setHeader('Content-Encoding', 'gzip');
    const source = Readable.from(content);
    try {
      await (takesGzip ? pipeline(source, response) : pipeline(source, createGunzip(), response));
    } catch (error) {
      // The status has been sent: all that is left is a body that ends too early, which clients notice.
      this.logger.warn('An export could not be sent to its end', { export_id: id }, error);
      response.destroy();
    }
  }
}
