import { Choice, Integer, Part, Text, Tree } from '../dto/field.decorator.js';

const ID = 128;

export class ExpiresAfterDto {
  @Choice(['created_at'], { optional: true }) anchor?: 'created_at' | null;
  /** More than a minute is taken for a minute. */
  @Integer({ min: 10, max: 7200, optional: true }) seconds?: number | null;
}

/** Whom the call is for; ours. */
export class CallTargetDto {
  @Text({ max: ID, optional: true }) personality_id?: string | null;
  /** A new session is made where it is absent. */
  @Text({ max: ID, optional: true }) session_id?: string | null;
}

export class ClientSecretDto extends CallTargetDto {
  @Part(() => ExpiresAfterDto, { optional: true }) expires_after?: ExpiresAfterDto | null;
  /** As `session.update` takes it. `model` may be `cozy/<personality>`. */
  @Tree({ optional: true }) session?: Record<string, unknown> | null;
  @Part(() => CallTargetDto, { optional: true }) cozy?: CallTargetDto | null;
}

export class RealtimeTokenDto extends CallTargetDto {
  @Text({ max: ID, optional: true }) model?: string | null;
  @Text({ max: 64, optional: true }) voice?: string | null;
}

export class RealtimeConfigDto {
  @Text({ max: ID, optional: true }) personality_id?: string | null;
}
