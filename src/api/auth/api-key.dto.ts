import { SCOPES, type Scope } from '../../core/domain/principal.js';
import { Instant, Integer, QueryInteger, Text, Texts } from '../dto/field.decorator.js';

export class CreateApiKeyDto {
  @Text({ min: 1, max: 80, example: 'my app' }) name: string;
  @Texts({
    min: 1,
    maxItems: SCOPES.length,
    max: 32,
    values: SCOPES,
    optional: true,
    description: 'Default: chat:read and chat:write.',
  })
  scopes?: Scope[];
  @Instant({ optional: true, description: 'Never expires where absent.' }) expires_at?: string;
  @Integer({ min: 1, max: 100_000, optional: true }) rate_limit_per_minute?: number;
}

export class PageDto {
  @QueryInteger({ min: 1, max: 100, optional: true }) limit?: number;
  @Text({ max: 64, optional: true, description: 'next_cursor of the page before.' }) cursor?: string;
}
