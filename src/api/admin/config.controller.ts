import { Controller, Get } from '@nestjs/common';
import { CozyConfig } from '../../core/config/cozy-config.js';
import { effectiveConfig } from '../../core/config/effective-config.js';
import { AdminOnly } from '../auth/access.decorator.js';
import { ApiTags } from '../docs/document.decorator.js';

@ApiTags('Administration')
@Controller('v1/admin/config')
export class ConfigController {
  constructor(private readonly config: CozyConfig) {}

  /** What the server runs with, secrets hidden. */
  @Get()
  @AdminOnly()
  read() {
    return effectiveConfig(this.config);
  }
}
