import { CozyError } from '../../core/errors/cozy.error.js';
import { PERSONALITY_MODEL_PREFIX } from '../../orchestration/chat/turn-plan.service.js';

/** Whom a call is for. */
export interface CallAddress {
  personalityId?: string;
  sessionId?: string;
  /** A model of a provider that callers may name. */
  model?: string;
}

/** Clients of OpenAI's always name one of its realtime models: here that stands for the companion's own. */
const REALTIME_MODEL = /realtime|gpt-audio/i;
const ID = /^[\x21-\x7e]{1,128}$/;

/** Reads it from texts of a query or a body; what is empty counts as not given. Throws VALIDATION_FAILED. */
export function callAddress(given: { model?: unknown; personality_id?: unknown; session_id?: unknown }): CallAddress {
  const model = nameIn(given.model, 'model');
  const named = model?.startsWith(PERSONALITY_MODEL_PREFIX) ? model.slice(PERSONALITY_MODEL_PREFIX.length) : undefined;
  const personalityId = nameIn(given.personality_id, 'personality_id') ?? named;
  const sessionId = nameIn(given.session_id, 'session_id');
  return {
    ...(personalityId !== undefined && { personalityId }),
    ...(sessionId !== undefined && sessionId !== 'default' && { sessionId }),
    ...(model !== undefined && named === undefined && !REALTIME_MODEL.test(model) && { model }),
  };
}

function nameIn(value: unknown, param: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string' && ID.test(value)) return value;
  throw new CozyError('VALIDATION_FAILED', { param, message: `${param} must be 1 to 128 visible characters.` });
}
