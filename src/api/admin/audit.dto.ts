import { AUDIT_LEVELS, AUDIT_OUTCOMES } from '../../orchestration/audit/audit-event.js';
import { Choice, Instant, QueryInteger, Text } from '../dto/field.decorator.js';

export class AuditPageDto {
  @Text({ min: 1, max: 64, optional: true, example: 'auth.login' }) action?: string;
  @Text({ min: 1, max: 200, optional: true, description: 'Who did it.' }) actor_id?: string;
  @Choice(AUDIT_LEVELS, { optional: true }) level?: string;
  @Choice(AUDIT_OUTCOMES, { optional: true }) outcome?: string;
  @Text({ min: 1, max: 200, optional: true }) request_id?: string;
  @Instant({ optional: true, description: 'Not before.' }) since?: string;
  @Instant({ optional: true, description: 'Only before.' }) until?: string;
  @QueryInteger({ min: 1, max: 200, optional: true }) limit?: number;
  @Text({
    max: 20,
    optional: true,
    pattern: /^\d{1,18}$/,
    patternMessage: 'must be the next_cursor of the page before',
  })
  cursor?: string;
}
