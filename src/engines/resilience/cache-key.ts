import { createHash } from 'node:crypto';
import type { ChangeScope, EngineKind, EngineQuestion } from './resilience.port.js';

/** Which engine answers, and how it is configured. */
export interface CacheSource {
  kind: EngineKind;
  provider: string;
  configVersion: string;
}

/** A hash over parts, none of which can pass for two: JSON keeps them apart, whatever they hold. */
export function hashOf(parts: readonly (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** Changes with anything in a part of the configuration, secrets included, and tells none of it. */
export function configVersionOf(section: unknown): string {
  return hashOf(['config', JSON.stringify(section)]).slice(0, 16);
}

/** Where the answer to a question stands, under the present generations of those it is about. */
export function cacheKey(source: CacheSource, question: EngineQuestion, generations: readonly string[]): string {
  return hashOf([
    'answer',
    source.kind,
    source.provider,
    source.configVersion,
    question.userId,
    question.sessionId,
    question.personalityId,
    hashOf(['query', question.query]),
    question.limit,
    ...generations,
  ]);
}

/** The name of those whom a change concerns; a user's tells nobody who it is. */
export function subjectOf(scope: ChangeScope): string {
  return scope === 'everybody' ? 'everybody' : hashOf(['user', scope.userId]);
}
