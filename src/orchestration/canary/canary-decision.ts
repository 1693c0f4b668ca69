import { createHash } from 'node:crypto';
import type { CanaryArm, CanaryRule } from '../../core/domain/canary.js';

/** Whose turn it is, and where. */
export interface CanarySituation {
  userId: string;
  /** Null for a conversation that its caller keeps. */
  sessionId: string | null;
  personalityId: string;
  environment: string;
}

/**
 * `disabled`: the rule is off, and says where people go meanwhile. `unavailable`: what the rule leads to is not there, or
 * cannot do what the request asks for.
 */
export type CanaryReason = 'disabled' | 'block_list' | 'allow_list' | 'percentage' | 'unavailable';

export interface CanaryVerdict {
  arm: CanaryArm;
  reason: CanaryReason;
}

/**
 * Where a subject stands between 0 and 100: the whole part is `sha256(feature:subject) mod 100`, and hundredths follow
 * from the same number, so that a share may be smaller than one in a hundred.
 */
export function canaryPosition(feature: string, subject: string): number {
  const digest = BigInt(`0x${createHash('sha256').update(`${feature}:${subject}`).digest('hex')}`);
  return Number(digest % 100n) + Number((digest / 100n) % 100n) / 100;
}

/** Of a caller who keeps the conversation, there is nothing but the user to stick to. */
const subjectOf = ({ subject }: CanaryRule, { userId, sessionId }: CanarySituation): string =>
  subject === 'session' ? (sessionId ?? userId) : userId;

function concerns(rule: CanaryRule, { environment, personalityId }: CanarySituation): boolean {
  if (!rule.enabled && rule.base_upstream === undefined) return false;
  const isHere = rule.environments.length === 0 || rule.environments.includes(environment);
  return isHere && (rule.personalities.length === 0 || rule.personalities.includes(personalityId));
}

/** Undefined where the rule is not for this turn at all, so that it counts for neither side. */
export function decideCanary(rule: CanaryRule, situation: CanarySituation): CanaryVerdict | undefined {
  if (!concerns(rule, situation)) return undefined;
  if (!rule.enabled) return { arm: 'base', reason: 'disabled' };
  const { userId, sessionId } = situation;
  const names = (list: readonly string[]) => list.includes(userId) || (sessionId !== null && list.includes(sessionId));
  if (names(rule.block_list)) return { arm: 'base', reason: 'block_list' };
  if (names(rule.allow_list)) return { arm: 'canary', reason: 'allow_list' };
  const isIn = canaryPosition(rule.feature, subjectOf(rule, situation)) < rule.percentage;
  return { arm: isIn ? 'canary' : 'base', reason: 'percentage' };
}
