import { existsSync } from 'node:fs';
import path from 'node:path';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, Response } from 'express';
import { ApiSection } from '../../core/config/sections/api.section.js';
import { PRODUCT } from '../../core/util/product.js';
import { Public } from '../auth/access.decorator.js';
import { ApiExcludeController } from '../docs/document.decorator.js';

const FOLDER = path.resolve(import.meta.dirname, '../../console');
const PAGE = path.join(FOLDER, 'index.html');
/** For the built assets, whose names carry a hash of their content. */
const ONE_YEAR_MS = 31_536_000_000;

/** `/`: the console for browsers, name and version for programs. */
@ApiExcludeController()
@Controller()
@Public()
export class ConsoleController {
  constructor(private readonly section: ApiSection) {}

  @Get()
  root(@Req() request: Request, @Res() response: Response): void {
    response.vary('Accept');
    const wantsPage = request.accepts(['json', 'html']) === 'html';
    if (wantsPage && this.section.console_enabled && existsSync(PAGE)) {
      response.sendFile(PAGE, { headers: { 'Cache-Control': 'no-cache' } });
    } else response.json(PRODUCT);
  }
}

export function serveConsoleFiles(app: NestExpressApplication): void {
  if (!app.get(ApiSection).console_enabled) return;
  app.useStaticAssets(path.join(FOLDER, 'assets'), {
    prefix: '/console/assets',
    index: false,
    immutable: true,
    maxAge: ONE_YEAR_MS,
  });
  app.useStaticAssets(FOLDER, { prefix: '/console', index: false, redirect: false });
}
