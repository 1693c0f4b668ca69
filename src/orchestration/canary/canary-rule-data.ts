import { CanaryRule } from '../../core/domain/canary.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { type Flaw, validateStrictly } from '../../core/util/strict-validation.js';
import type { CanaryRow, RollbackCause } from '../../storage/canary/canary-rule.repository.js';

/** A rule as it is in force, and where it came from. */
export interface ActiveRule {
  rule: CanaryRule;
  /** What the database holds of it, or would. */
  data: Record<string, unknown>;
  source: 'file' | 'admin';
  rolledBack: { at: Date; cause: RollbackCause } | null;
  updatedAt: Date | null;
  updatedBy: string | null;
}

/** Without the feature, which is the row's key. */
export function dataOf({ feature: _feature, ...rest }: CanaryRule): Record<string, unknown> {
  return JSON.parse(JSON.stringify(rest)) as Record<string, unknown>;
}

export function fileRule(rule: CanaryRule): ActiveRule {
  return { rule, data: dataOf(rule), source: 'file', rolledBack: null, updatedAt: null, updatedBy: null };
}

/** Undefined where the row is not understood: another version of the program has written it. */
export function storedRule(row: CanaryRow): ActiveRule | undefined {
  const { value, flaws } = validateStrictly(CanaryRule, { ...row.rule, feature: row.feature });
  if (flaws.length > 0) return undefined;
  const { rolledBackAt: at, rolledBackCause: cause, updatedAt, updatedBy } = row;
  return {
    rule: value,
    data: row.rule,
    source: 'admin',
    rolledBack: at && cause && { at, cause },
    updatedAt,
    updatedBy,
  };
}

/** A rule as an admin sends it: the feature is the path's. Throws VALIDATION_FAILED that tells all that is wrong. */
export function readRule(feature: string, body: unknown): CanaryRule {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new CozyError('VALIDATION_FAILED', { message: 'The body must be a JSON object.' });
  }
  const named = 'feature' in body ? body.feature : undefined;
  if (named !== undefined && named !== null && named !== feature) {
    throw invalidRule([{ path: 'feature', reason: `must be the path's "${feature}", or be left out` }]);
  }
  const { value, flaws } = validateStrictly(CanaryRule, { ...body, feature });
  if (flaws.length > 0) throw invalidRule(flaws);
  return value;
}

export function invalidRule(flaws: readonly Flaw[]): CozyError {
  const [first] = flaws;
  return new CozyError('VALIDATION_FAILED', {
    ...(first && { message: `${first.path} ${first.reason}.`, param: first.path }),
    details: { errors: flaws },
  });
}
